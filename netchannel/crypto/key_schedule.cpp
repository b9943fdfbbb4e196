#include "netchannel/crypto/key_schedule.hpp"

#include <algorithm>
#include <sodium.h>

#include "base/assert.hpp"

namespace meridian {
namespace {

constexpr char kContext[crypto_kdf_CONTEXTBYTES + 1] = "mrd-net1";
enum : std::uint64_t { kKeyId = 1, kIvId = 2, kHandshakeKeyId = 4 };  // 3, the next master, comes with rekeying
constexpr std::size_t kConnectMacAt = 256;
constexpr std::size_t kRefuseMacAt = 16, kRefuseTextAt = 32;

Secret32 subkey(const Secret32& master, std::uint64_t id) {
  Secret32 out;
  crypto_kdf_derive_from_key(out.bytes.data(), out.bytes.size(), id, kContext, master.bytes.data());
  return out;
}

DirectionKeys direction(const Secret32& master) {
  DirectionKeys keys;
  keys.key = subkey(master, kKeyId);
  const Secret32 iv = subkey(master, kIvId);
  std::copy_n(iv.bytes.begin(), keys.iv.size(), keys.iv.begin());
  return keys;
}

std::array<std::uint8_t, 32> transcript(Bytes connect, Bytes welcome) {
  std::array<std::uint8_t, 32> out;
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, out.size());
  crypto_generichash_update(&state, connect.data(), Connect::kHashed);
  crypto_generichash_update(&state, welcome.data(), Welcome::kHeadBytes);
  crypto_generichash_final(&state, out.data(), out.size());
  return out;
}

PacketSeal welcome_seal(const HandshakeKeys& keys) { return PacketSeal(keys.session.suite, {.key = keys.welcome_key, .iv = {}}); }

}  // namespace

Ephemeral make_ephemeral(Chance& chance) {
  Ephemeral out;
  chance.fill(out.secret.bytes);
  crypto_scalarmult_base(out.public_key.data(), out.secret.bytes.data());
  return out;
}

std::expected<HandshakeKeys, WireError> derive_keys(const Secret32& token_secret, const Secret32& own, const PublicKey& peer, Bytes connect,
                                                    Bytes welcome, Suite suite) {
  MRD_ASSERT(connect.size() >= Connect::kHashed && welcome.size() >= Welcome::kHeadBytes);
  Secret32 shared;
  if (crypto_scalarmult(shared.bytes.data(), own.bytes.data(), peer.data()) != 0) return std::unexpected(WireError::out_of_range);

  const auto h = transcript(connect, welcome);
  std::array<std::uint8_t, 64> masters;  // up, down
  crypto_generichash_state state;
  crypto_generichash_init(&state, token_secret.bytes.data(), token_secret.bytes.size(), sizeof masters);
  crypto_generichash_update(&state, shared.bytes.data(), shared.bytes.size());
  crypto_generichash_update(&state, h.data(), h.size());
  crypto_generichash_final(&state, masters.data(), masters.size());
  sodium_memzero(&state, sizeof state);
  Secret32 up, down;
  std::copy_n(masters.begin(), 32, up.bytes.begin());
  std::copy_n(masters.begin() + 32, 32, down.bytes.begin());
  sodium_memzero(masters.data(), masters.size());

  HandshakeKeys out;
  out.session.suite = suite;
  out.session.up = direction(up);
  out.session.down = direction(down);
  out.welcome_key = subkey(down, kHandshakeKeyId);
  return out;
}

void seal_welcome(MutableBytes welcome, const HandshakeKeys& keys) {
  MRD_ASSERT(welcome.size() == kWelcomeBytes);
  welcome_seal(keys).seal(welcome, Welcome::kHeadBytes, 0);
}

std::expected<MutableBytes, WireError> open_welcome(MutableBytes welcome, const HandshakeKeys& keys) {
  MRD_ASSERT(welcome.size() == kWelcomeBytes);
  return welcome_seal(keys).open(welcome, Welcome::kHeadBytes, 0);
}

Mac connect_mac(const Secret32& token_secret, Bytes connect) {
  MRD_ASSERT(connect.size() == kConnectBytes);
  Mac out;
  crypto_generichash(out.data(), out.size(), connect.data(), Connect::kMacCovers, token_secret.bytes.data(), token_secret.bytes.size());
  return out;
}

Mac refuse_mac(const Secret32& token_secret, Bytes refuse) {
  MRD_ASSERT(refuse.size() == kRefuseBytes);
  Mac out;
  crypto_generichash_state state;
  crypto_generichash_init(&state, token_secret.bytes.data(), token_secret.bytes.size(), out.size());
  crypto_generichash_update(&state, refuse.data(), kRefuseMacAt);
  crypto_generichash_update(&state, refuse.data() + kRefuseTextAt, kRefuseBytes - kRefuseTextAt);
  crypto_generichash_final(&state, out.data(), out.size());
  return out;
}

bool equal(const Mac& a, const Mac& b) { return sodium_memcmp(a.data(), b.data(), a.size()) == 0; }

void sign_connect(MutableBytes connect, const Secret32& token_secret) {
  const Mac mac = connect_mac(token_secret, connect);
  std::ranges::copy(mac, connect.begin() + kConnectMacAt);
}

void sign_refuse(MutableBytes refuse, const Secret32& token_secret) {
  const Mac mac = refuse_mac(token_secret, refuse);
  std::ranges::copy(mac, refuse.begin() + kRefuseMacAt);
}

}  // namespace meridian
