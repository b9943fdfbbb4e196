// The connect token of `netcode.md` 2: 184 bytes that name a node, sealed with that node's key. The gate (today: `meridian token --dev`)
// mints, the node opens.
//
//   clear  0 version 1 | 1 key id | 2 node u16 | 4 incarnation u32 (0 any) | 8 expires ms u64 | 16 nonce 24
//   sealed 40, XChaCha20-Poly1305, AD = bytes 0-15: token id 16 | secret 32 | account 8 | character 8 | session epoch 8 | issued ms 8
//          | entitlements 8 | kind 1 | zero 1 | region 2 | zero 36 | tag 16
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "base/chance.hpp"
#include "base/ids.hpp"
#include "netchannel/crypto/keys.hpp"

namespace meridian {

inline constexpr std::size_t kTokenBytes = 184;
using TokenBytes = std::array<std::uint8_t, kTokenBytes>;

struct ConnectToken {
  std::uint8_t key_id = 0;
  NodeId node;
  std::uint32_t incarnation = 0;  // 0 = any
  std::uint64_t expires_ms = 0;   // Unix
  std::array<std::uint8_t, 16> id{};
  Secret32 secret;
  std::uint64_t account = 0, character = 0, epoch = 0, issued_ms = 0, entitlements = 0;
  std::uint8_t kind = 0;  // 0 gate, 1 resume, 2 handoff (later)
  std::uint16_t region = 0;
};

// K_node = BLAKE2b-256(key = K_master, "mrd node" | node u16 little-endian).
Secret32 node_key(const Secret32& master, NodeId node);

TokenBytes seal_token(const ConnectToken& token, const Secret32& node_key, Chance& chance);
// The clear part alone: what can be judged before opening. malformed: not version 1.
struct TokenClear {
  std::uint8_t key_id;
  NodeId node;
  std::uint32_t incarnation;
  std::uint64_t expires_ms;
};
std::expected<TokenClear, WireError> read_token_clear(Bytes token);
std::expected<ConnectToken, WireError> open_token(Bytes token, const Secret32& node_key);

// Until there is a gate: account = character = hash of the name (the first 8 bytes of its BLAKE2b-128), epoch = ms of issue, so a second
// login ends the first.
std::uint64_t dev_account(std::string_view name);

// What a client needs to connect: what `meridian token` prints as JSON.
struct Ticket {
  NodeId node;
  std::string udp;  // "127.0.0.1:7777"
  TokenBytes token{};
  Secret32 secret;
  std::uint64_t expires_ms = 0;
};

}  // namespace meridian
