#include "core/frame_pool.h"

#include <array>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#define REDRIVE_POOL_FRAMES 0  // let AddressSanitizer see every frame
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define REDRIVE_POOL_FRAMES 0
#endif
#endif
#ifndef REDRIVE_POOL_FRAMES
#define REDRIVE_POOL_FRAMES 1
#endif

namespace redrive {
#if REDRIVE_POOL_FRAMES
namespace {

constexpr std::size_t kGrain = 64;
constexpr std::size_t kClasses = 64;  // frames up to 4 KiB are pooled

struct FreeNode {
  FreeNode* next;
};

struct Pool {
  std::array<FreeNode*, kClasses> free{};
  ~Pool() {
    for (FreeNode* node : free) {
      while (node != nullptr) {
        FreeNode* const next = node->next;
        ::operator delete(node);
        node = next;
      }
    }
  }
};

thread_local Pool pool;

std::size_t ClassOf(std::size_t bytes) { return (bytes + kGrain - 1) / kGrain; }

}  // namespace

void* AllocateFrame(std::size_t bytes) {
  const std::size_t size_class = ClassOf(bytes);
  if (size_class >= kClasses) return ::operator new(bytes);
  FreeNode*& head = pool.free[size_class];
  if (head == nullptr) return ::operator new(size_class * kGrain);
  FreeNode* const node = head;
  head = node->next;
  return node;
}

void FreeFrame(void* frame, std::size_t bytes) {
  const std::size_t size_class = ClassOf(bytes);
  if (size_class >= kClasses) {
    ::operator delete(frame);
    return;
  }
  auto* const node = static_cast<FreeNode*>(frame);
  node->next = pool.free[size_class];
  pool.free[size_class] = node;
}

#else

void* AllocateFrame(std::size_t bytes) { return ::operator new(bytes); }
void FreeFrame(void* frame, std::size_t) { ::operator delete(frame); }

#endif
}  // namespace redrive
