/*
 * settings.c - the built-in settings: what an evaluation does if nobody says otherwise. [DESIGN 5]
 */
#include "vouchsafe.h"

#include <string.h>

void vouch_settings_init(struct vouch_settings *settings)
{
    static const int16_t points[VOUCH_TOKENS] = {
        [VOUCH_TOKEN_CSA_PASS] = 10,       [VOUCH_TOKEN_CSA_PROHIBITED] = -100,
        [VOUCH_TOKEN_CSA_MISMATCH] = -100, [VOUCH_TOKEN_CSA_NO_ADDRESS] = -100,
        [VOUCH_TOKEN_CSA_EXPLICIT] = -100, [VOUCH_TOKEN_CSA_PERMERROR] = -50,
        [VOUCH_TOKEN_DNA_A] = 60,          [VOUCH_TOKEN_DNA_B] = 40,
        [VOUCH_TOKEN_DNA_D] = -60,         [VOUCH_TOKEN_DNA_E] = -100,
        [VOUCH_TOKEN_LIST_TRUSTED] = 100,  [VOUCH_TOKEN_LIST_BLOCKED] = -100,
    };

    memset(settings, 0, sizeof *settings);
    settings->parent_search = true;
    settings->accreditation_floor = VOUCH_IDENTITY_CSA;
    settings->own_lists_floor = VOUCH_IDENTITY_FORWARD;
    settings->quorum = 1;
    settings->accept_at = 50;
    settings->reject_at = -50;
    memcpy(settings->points, points, sizeof points);
    settings->reputation_for_milli = 600;
    settings->reputation_against_milli = 800;
}
