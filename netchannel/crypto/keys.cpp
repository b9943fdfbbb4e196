// How it works: libsodium does the ciphers. For AES-256-GCM the key schedule and the GHASH table are expanded once a direction
// (`_beforenm`), which makes a seal of 260 B about a third of ChaCha20's time; ChaCha20 has no schedule, so its state is the key itself.
#include "netchannel/crypto/keys.hpp"

#include <sodium.h>

#include "base/assert.hpp"

namespace meridian {

void SystemChance::fill(std::span<std::uint8_t> bytes) { randombytes_buf(bytes.data(), bytes.size()); }

void start_crypto() { MRD_ASSERT(sodium_init() >= 0 && "libsodium could not start: no source of randomness"); }

Secret32::~Secret32() { sodium_memzero(bytes.data(), bytes.size()); }

bool available(Suite suite) {
  switch (suite) {
    case Suite::chacha20_poly1305: return true;
    case Suite::aes256_gcm: return crypto_aead_aes256gcm_is_available() == 1;
  }
  return false;
}

struct PacketSeal::State {
  Suite suite;
  std::array<std::uint8_t, 12> iv;
  union {
    std::array<std::uint8_t, 32> chacha_key;
    crypto_aead_aes256gcm_state aes;  // aligned to 16 by its own type
  };

  State(Suite chosen, const DirectionKeys& keys) : suite(chosen), iv(keys.iv), chacha_key{} {
    if (suite == Suite::aes256_gcm) {
      crypto_aead_aes256gcm_beforenm(&aes, keys.key.bytes.data());
    } else {
      chacha_key = keys.key.bytes;
    }
  }
  ~State() {
    sodium_memzero(iv.data(), iv.size());
    sodium_memzero(&aes, sizeof aes);  // the larger member of the union
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  std::array<std::uint8_t, 12> nonce(std::uint64_t number) const {
    std::array<std::uint8_t, 12> out = iv;
    for (std::size_t i = 0; i < 8; ++i) out[4 + i] = static_cast<std::uint8_t>(out[4 + i] ^ (number >> (8 * i)));
    return out;
  }
};

PacketSeal::PacketSeal(Suite suite, const DirectionKeys& keys) : state_(std::make_unique<State>(suite, keys)) {
  MRD_ASSERT(available(suite));
}
PacketSeal::~PacketSeal() = default;
PacketSeal::PacketSeal(PacketSeal&&) noexcept = default;
PacketSeal& PacketSeal::operator=(PacketSeal&&) noexcept = default;

void PacketSeal::seal(MutableBytes packet, std::size_t header_bytes, std::uint64_t number) const {
  MRD_ASSERT(packet.size() >= header_bytes + kTagBytes);
  const auto nonce = state_->nonce(number);
  std::uint8_t* const plain = packet.data() + header_bytes;
  const std::size_t plain_bytes = packet.size() - header_bytes - kTagBytes;
  std::uint8_t* const tag = plain + plain_bytes;
  if (state_->suite == Suite::aes256_gcm) {
    crypto_aead_aes256gcm_encrypt_detached_afternm(plain, tag, nullptr, plain, plain_bytes, packet.data(), header_bytes, nullptr,
                                                   nonce.data(), &state_->aes);
  } else {
    crypto_aead_chacha20poly1305_ietf_encrypt_detached(plain, tag, nullptr, plain, plain_bytes, packet.data(), header_bytes, nullptr,
                                                       nonce.data(), state_->chacha_key.data());
  }
}

std::expected<MutableBytes, WireError> PacketSeal::open(MutableBytes packet, std::size_t header_bytes, std::uint64_t number) const {
  if (packet.size() < header_bytes + kTagBytes) return std::unexpected(WireError::truncated);
  const auto nonce = state_->nonce(number);
  std::uint8_t* const sealed = packet.data() + header_bytes;
  const std::size_t plain_bytes = packet.size() - header_bytes - kTagBytes;
  const std::uint8_t* const tag = sealed + plain_bytes;
  const int failed = state_->suite == Suite::aes256_gcm
                         ? crypto_aead_aes256gcm_decrypt_detached_afternm(sealed, nullptr, sealed, plain_bytes, tag, packet.data(),
                                                                          header_bytes, nonce.data(), &state_->aes)
                         : crypto_aead_chacha20poly1305_ietf_decrypt_detached(sealed, nullptr, sealed, plain_bytes, tag, packet.data(),
                                                                              header_bytes, nonce.data(), state_->chacha_key.data());
  if (failed != 0) return std::unexpected(WireError::bad_tag);
  return MutableBytes(sealed, plain_bytes);
}

}  // namespace meridian
