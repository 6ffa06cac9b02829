/* RFC 3161 timestamps over a checkpoint's text: a time that the host cannot have chosen, before which all records below it existed.
 * The request is printed for curl, the answer is checked against the authority's certificates and stored in log/anchor/<size>.tsr beside the
 * checkpoint. The message imprint is SHA-256 of the note's text, so `openssl ts -verify -data TEXT` checks the same.
 * Threads: one. Source: RFC 3161; OpenSSL's TS. */
#pragma once

#include "audit/note.h"
#include "conf/base/problem.h"

enum { TIMESTAMP_LEN_MAX = 64 * 1024 };

/* A DER TimeStampReq over the note's text, asking for the authority's certificate. */
_must_use_ int timestamp_request(struct bytes note_text, struct buf *out, struct problem *p);
/* Does the DER TimeStampResp attest this text, signed under a certificate of the PEM file? -EBADMSG otherwise. */
_must_use_ int timestamp_check(struct bytes response, struct bytes note_text, const char *ca_file, uint64_t *out_time_us, struct problem *p);
