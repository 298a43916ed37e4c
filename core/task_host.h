// TaskHost: makes and starts tasks. The simulated and the live world are both one, so the same code
// conducts a run in virtual and in real time.
#ifndef REDRIVE_CORE_TASK_HOST_H_
#define REDRIVE_CORE_TASK_HOST_H_

#include "core/env.h"
#include "core/task.h"

namespace redrive {

class TaskHost {
 public:
  virtual ~TaskHost() = default;
  // Makes a task in two moves, since its body needs its Env:
  //   Env& env = host.NewTask("user");
  //   host.Start(env, Body(env, …), at);
  // `name` is a literal or interned. Also callable by running tasks. The host owns Env and body.
  virtual Env& NewTask(Label name) = 0;
  // The task begins at `at`, or now if that is past.
  virtual void Start(Env& env, Task<void> body, VirtualTime at) = 0;
};

}  // namespace redrive

#endif  // REDRIVE_CORE_TASK_HOST_H_
