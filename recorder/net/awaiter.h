// Await: turns an Asio operation into something that a Task<T> can co_await. The operation's
// handler stores the result and resumes the task inside the event loop of its LiveWorld.
//
//   auto read = Await([&](auto handler) { socket.async_read_some(buffer, std::move(handler)); });
//   const IoResult result = co_await read;
//
// There is no deadline in it: whoever owns the socket arms a Deadline that closes it, and the
// operation then ends with operation_aborted.
#ifndef REDRIVE_RECORDER_NET_AWAITER_H_
#define REDRIVE_RECORDER_NET_AWAITER_H_

#include <boost/system/error_code.hpp>
#include <coroutine>
#include <cstddef>
#include <utility>

namespace redrive {

struct IoResult {
  boost::system::error_code error;
  std::size_t bytes = 0;
};

template <typename Initiate>
class IoAwaiter {
 public:
  explicit IoAwaiter(Initiate initiate) : initiate_(std::move(initiate)) {}
  IoAwaiter(const IoAwaiter&) = delete;
  IoAwaiter& operator=(const IoAwaiter&) = delete;

  bool await_ready() const noexcept { return false; }
  // Asio never calls a handler from inside the initiating function.
  void await_suspend(std::coroutine_handle<> task) { initiate_(Handler{this, task}); }
  IoResult await_resume() const noexcept { return result_; }

 private:
  struct Handler {
    IoAwaiter* awaiter;
    std::coroutine_handle<> task;
    void operator()(const boost::system::error_code& error, std::size_t bytes = 0) {
      awaiter->result_ = IoResult{error, bytes};
      task.resume();
    }
  };

  Initiate initiate_;
  IoResult result_;
};

template <typename Initiate>
[[nodiscard]] IoAwaiter<Initiate> Await(Initiate initiate) {
  return IoAwaiter<Initiate>(std::move(initiate));
}

}  // namespace redrive

#endif  // REDRIVE_RECORDER_NET_AWAITER_H_
