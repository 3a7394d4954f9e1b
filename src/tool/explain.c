/*
 * explain.c - vouchsafe explain.
 */
#include "tool/tool.h"

int explain_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return TOOL_USAGE;
}
