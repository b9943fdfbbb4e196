// How both sides come to the same keys (`netcode.md` 3). In shape Noise NNpsk0: the token's secret makes it mutual, the fresh X25519 keys
// of both sides make it forward secret and each session's keys its own, and `h` covers versions, suites and features, so nothing can be
// talked down.
//
//   h       = BLAKE2b-256(CONNECT[0..272) | WELCOME[0..56))
//   masters = BLAKE2b-512(key = token secret, X25519(own secret, peer's public) | h): 32 B up, 32 B down
//   of each : crypto_kdf(master, id, "mrd-net1"), 32 B each: 1 key | 2 iv (its first 12 B) | 3 next master (for rekeying) | 4 handshake key
// The down master's handshake key seals WELCOME once, nonce 0, AD = its head: the client knows by it that the node held the secret.
#pragma once

#include <expected>

#include "base/bytes.hpp"
#include "base/chance.hpp"
#include "netchannel/crypto/keys.hpp"
#include "netchannel/wire/handshake.hpp"

namespace meridian {

struct Ephemeral {
  Secret32 secret;
  PublicKey public_key{};
};
Ephemeral make_ephemeral(Chance& chance);

struct HandshakeKeys {
  SessionKeys session;
  Secret32 welcome_key;
};
// `connect`: at least its first 272 B; `welcome`: at least its first 56 B. out_of_range: the peer's key gives the all-zero secret.
std::expected<HandshakeKeys, WireError> derive_keys(const Secret32& token_secret, const Secret32& own, const PublicKey& peer, Bytes connect,
                                                    Bytes welcome, Suite suite);

// In place, of the whole WELCOME. open gives the 56 B inside, or bad_tag.
void seal_welcome(MutableBytes welcome, const HandshakeKeys& keys);
std::expected<MutableBytes, WireError> open_welcome(MutableBytes welcome, const HandshakeKeys& keys);

// Proof that the sender of CONNECT, and of a REFUSE, holds the token's secret: BLAKE2b-128(secret, CONNECT[0..256)) and
// BLAKE2b-128(secret, REFUSE[0..16) | REFUSE[32..64)).
Mac connect_mac(const Secret32& token_secret, Bytes connect);
Mac refuse_mac(const Secret32& token_secret, Bytes refuse);
bool equal(const Mac& a, const Mac& b);  // in constant time

// The same, into the written message.
void sign_connect(MutableBytes connect, const Secret32& token_secret);
void sign_refuse(MutableBytes refuse, const Secret32& token_secret);

}  // namespace meridian
