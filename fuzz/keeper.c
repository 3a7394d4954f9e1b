/*
 * keeper.c - any octets as a packet between worker and keeper: what is read is within its bounds, and written again it
 * is the same octets.
 */
#include "daemon/keeper/wire.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

/* check_text - a text lies within the packet, or is "", and ends there */
static void check_text(const char *text, struct vouch_bytes packet)
{
    const uint8_t *at = (const uint8_t *)text;

    if (text[0] != '\0')
        REQUIRE(at >= packet.data && at + strlen(text) < packet.data + packet.length);
}

/* check_decision - the texts that stores and tools print */
static void check_decision(const struct ledger_decision *decision, struct vouch_bytes packet)
{
    const char *texts[] = {decision->protocol, decision->profile, decision->helo,    decision->name,
                           decision->csa,      decision->domain,  decision->reasons, decision->detail};

    for (size_t i = 0; i < FUZZ_COUNT(texts); i++)
        check_text(texts[i], packet);
    REQUIRE(strlen(decision->id) < sizeof decision->id && strlen(decision->evaluation) < sizeof decision->evaluation);
    REQUIRE(decision->client.family == 0 || decision->client.family == 4 || decision->client.family == 6);
}

/* check - what holds of every message that was read */
static void check(const struct keeper_message *message, struct vouch_bytes packet)
{
    REQUIRE(message->kind < KEEPER_KINDS);
    if (message->kind == KEEPER_DECISION)
        check_decision(&message->decision, packet);
    if (message->kind == KEEPER_ROW || message->kind == KEEPER_PUT) {
        REQUIRE(strlen(message->row.name) < sizeof message->row.name);
        REQUIRE(strlen(message->row.text) < sizeof message->row.text);
    }
    if (message->kind == KEEPER_ANSWER) {
        REQUIRE(message->answer.status <= VOUCH_BOGUS && message->answer.listing <= VOUCH_LISTED_BLOCKED);
        REQUIRE(message->answer.reputation.score >= -100 && message->answer.reputation.score <= 100);
    }
    if (message->kind == KEEPER_VOTE)
        REQUIRE(message->vote.count != 0 && strlen(message->vote.source) < STORE_SOURCE_SIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t again[KEEPER_PACKET_MAX];
    struct keeper_message message;
    uint8_t *block = malloc(size == 0 ? 1 : size); /* so that ASan sees any read behind it */
    struct vouch_bytes packet = {block, size};
    size_t length;

    if (block == NULL)
        return 0;
    if (size != 0)
        memcpy(block, data, size);
    if (keeper_read(&message, packet)) {
        check(&message, packet);
        length = keeper_write(again, &message);
        REQUIRE(size >= KEEPER_PACKET_MAX ? length == 0 : length == size && memcmp(again, block, size) == 0);
    }
    free(block);
    return 0;
}
