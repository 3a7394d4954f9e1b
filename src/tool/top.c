/*
 * top.c - vouchsafe top.
 */
#include "tool/tool.h"

int top_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return TOOL_USAGE;
}
