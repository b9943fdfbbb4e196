#include "netchannel/crypto/connect_token.hpp"

#include <algorithm>
#include <sodium.h>

#include "base/assert.hpp"
#include "base/bytes.hpp"

namespace meridian {
namespace {

constexpr std::uint8_t kTokenVersion = 1;
constexpr std::size_t kClearBytes = 16;  // the associated data
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kSealedAt = kClearBytes + kNonceBytes;
constexpr std::size_t kPlainBytes = 128;
constexpr std::size_t kZeroBytes = 36;  // room for later fields, sealed as zero
static_assert(kSealedAt + kPlainBytes + crypto_aead_xchacha20poly1305_ietf_ABYTES == kTokenBytes);

bool all_zero(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

void copy_to(Bytes from, MutableBytes to) { std::copy_n(from.begin(), std::min(from.size(), to.size()), to.begin()); }

}  // namespace

Secret32 node_key(const Secret32& master, NodeId node) {
  std::array<std::uint8_t, 10> message{'m', 'r', 'd', ' ', 'n', 'o', 'd', 'e'};
  message[8] = static_cast<std::uint8_t>(node.value);
  message[9] = static_cast<std::uint8_t>(node.value >> 8);
  Secret32 key;
  crypto_generichash(key.bytes.data(), key.bytes.size(), message.data(), message.size(), master.bytes.data(), master.bytes.size());
  return key;
}

TokenBytes seal_token(const ConnectToken& token, const Secret32& node_key, Chance& chance) {
  TokenBytes out{};
  ByteWriter clear(out);
  clear.u8(kTokenVersion);
  clear.u8(token.key_id);
  clear.u16(token.node.value);
  clear.u32(token.incarnation);
  clear.u64(token.expires_ms);
  const MutableBytes nonce = MutableBytes(out).subspan(kClearBytes, kNonceBytes);
  chance.fill(nonce);

  const MutableBytes sealed = MutableBytes(out).subspan(kSealedAt);
  ByteWriter plain(sealed.first(kPlainBytes));
  plain.bytes(token.id);
  plain.bytes(token.secret.bytes);
  plain.u64(token.account);
  plain.u64(token.character);
  plain.u64(token.epoch);
  plain.u64(token.issued_ms);
  plain.u64(token.entitlements);
  plain.u8(token.kind);
  plain.u8(0);
  plain.u16(token.region);
  plain.zeros(kZeroBytes);
  MRD_ASSERT(!clear.full() && !plain.full() && plain.size() == kPlainBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data(), nullptr, sealed.data(), kPlainBytes, out.data(), kClearBytes, nullptr,
                                             nonce.data(), node_key.bytes.data());
  return out;
}

std::expected<TokenClear, WireError> read_token_clear(Bytes token) {
  if (token.size() < kTokenBytes) return std::unexpected(WireError::truncated);
  if (token.size() > kTokenBytes) return std::unexpected(WireError::trailing);
  ByteReader in(token);
  if (in.u8() != kTokenVersion) return std::unexpected(WireError::malformed);
  TokenClear out{};
  out.key_id = in.u8();
  out.node.value = in.u16();
  out.incarnation = in.u32();
  out.expires_ms = in.u64();
  return out;
}

std::expected<ConnectToken, WireError> open_token(Bytes token, const Secret32& node_key) {
  const auto clear = read_token_clear(token);
  if (!clear) return std::unexpected(clear.error());
  std::array<std::uint8_t, kPlainBytes> plain;
  const Bytes sealed = token.subspan(kSealedAt);
  const int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(plain.data(), nullptr, nullptr, sealed.data(), sealed.size(), token.data(),
                                                                kClearBytes, token.data() + kClearBytes, node_key.bytes.data());
  if (failed != 0) return std::unexpected(WireError::bad_tag);

  ConnectToken out;
  out.key_id = clear->key_id;
  out.node = clear->node;
  out.incarnation = clear->incarnation;
  out.expires_ms = clear->expires_ms;
  ByteReader in(plain);
  copy_to(in.bytes(out.id.size()), out.id);
  copy_to(in.bytes(out.secret.bytes.size()), out.secret.bytes);
  out.account = in.u64();
  out.character = in.u64();
  out.epoch = in.u64();
  out.issued_ms = in.u64();
  out.entitlements = in.u64();
  out.kind = in.u8();
  const std::uint8_t zero = in.u8();
  out.region = in.u16();
  const bool zeros = zero == 0 && all_zero(in.bytes(kZeroBytes));
  const bool whole = in.done();
  sodium_memzero(plain.data(), plain.size());
  if (!zeros || !whole) return std::unexpected(WireError::malformed);
  return out;
}

std::uint64_t dev_account(std::string_view name) {
  // 16 bytes is the least libsodium gives; BLAKE2b-64 proper (the length is a parameter of the hash) would need its own binding for
  // nothing.
  std::array<std::uint8_t, 16> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(name.data()), name.size(), nullptr, 0);
  return ByteReader(hash).u64();
}

}  // namespace meridian
