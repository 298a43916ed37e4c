// Frame pool: recycled memory for coroutine frames, per thread, by size class. A step of the
// simulator costs about 10 ns; a malloc for every nested call would double that.
#ifndef REDRIVE_CORE_FRAME_POOL_H_
#define REDRIVE_CORE_FRAME_POOL_H_

#include <cstddef>

namespace redrive {

void* AllocateFrame(std::size_t bytes);
// `bytes` as given to AllocateFrame. A frame may be freed by another thread than allocated it.
void FreeFrame(void* frame, std::size_t bytes);

}  // namespace redrive

#endif  // REDRIVE_CORE_FRAME_POOL_H_
