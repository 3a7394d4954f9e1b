/*
 * hook.c - changes as JSON to a webhook. HTTP and HTTPS only, no redirects, every wait has an end.
 */
#include "base/text.h"
#include "tool/watch/watch.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_MS 15000

bool watch_hook_is_sane(const char *url)
{
    struct vouch_bytes head = {(const uint8_t *)url, strcspn(url, ":")};

    for (const char *at = url; *at != '\0'; at++) {
        if (!text_is_printable(*at) || *at == ' ')
            return false;
    }
    return (text_is_nocase(head, "http") || text_is_nocase(head, "https")) &&
           strncmp(url + head.length, "://", 3) == 0 && url[head.length + 3] != '\0' && url[head.length + 3] != '/';
}

void watch_hook_name(const char *url, char *name, size_t size)
{
    const char *host = strstr(url, "://");
    size_t length, scheme;
    const char *at;
    struct text text;

    text_init(&text, name, size);
    if (host == NULL)
        return;
    host += 3;
    scheme = (size_t)(host - url);
    length = strcspn(host, "/?#");
    at = memrchr(host, '@', length);
    text_add_printable(&text, (struct vouch_bytes){(const uint8_t *)url, scheme});
    if (at != NULL) {
        length -= (size_t)(at + 1 - host);
        host = at + 1;
    }
    text_add_printable(&text, (struct vouch_bytes){(const uint8_t *)host, length});
}

/* hook_ignore - what the receiver says beside its status is read and forgotten */
static size_t hook_ignore(char *octets, size_t size, size_t count, void *owner)
{
    (void)octets;
    (void)owner;
    return size * count;
}

/* hook_body - what is posted, from malloc; null: out of memory */
static char *hook_body(const json_t *untold)
{
    json_t *body = json_pack("{s:s,s:O,s:O}", "watch", "vouchsafe", "changes", json_object_get(untold, "changes"),
                             "dropped", json_object_get(untold, "dropped"));
    char *text = body == NULL ? NULL : json_dumps(body, JSON_ENSURE_ASCII | JSON_COMPACT);

    json_decref(body);
    return text;
}

/* hook_set_up - the options of the transfer; false: libcurl refuses one */
static bool hook_set_up(CURL *curl, const char *url, const char *body, struct curl_slist *fields)
{
    return curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)WATCH_DEADLINE_MS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_USERAGENT, "vouchsafe/" VOUCH_VERSION) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, hook_ignore) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body)) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body) == CURLE_OK;
}

/* hook_fail - name the webhook and the cause; false */
static bool hook_fail(const char *url, const char *cause, long status, char error[WATCH_ERROR_SIZE])
{
    char name[512];
    struct text text;

    watch_hook_name(url, name, sizeof name);
    text_init(&text, error, WATCH_ERROR_SIZE);
    text_add(&text, name);
    text_add(&text, ": ");
    text_add(&text, cause);
    if (status != 0)
        text_add_unsigned(&text, (uint64_t)status);
    return false;
}

bool watch_hook_post(const char *url, const char *authorities, const json_t *untold, char error[WATCH_ERROR_SIZE])
{
    struct curl_slist *fields = curl_slist_append(NULL, "Content-Type: application/json");
    char *body = hook_body(untold);
    CURL *curl = curl_easy_init();
    bool ok = fields != NULL && body != NULL && curl != NULL && hook_set_up(curl, url, body, fields) &&
              (authorities == NULL || curl_easy_setopt(curl, CURLOPT_CAINFO, authorities) == CURLE_OK);
    CURLcode code = ok ? curl_easy_perform(curl) : CURLE_OUT_OF_MEMORY;
    long status = 0;

    if (code == CURLE_OK)
        code = curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    ok = code == CURLE_OK && status >= 200 && status < 300;
    if (code != CURLE_OK)
        hook_fail(url, curl_easy_strerror(code), 0, error);
    else if (!ok)
        hook_fail(url, "the answer is HTTP status ", status, error);
    curl_easy_cleanup(curl);
    curl_slist_free_all(fields);
    free(body);
    return ok;
}
