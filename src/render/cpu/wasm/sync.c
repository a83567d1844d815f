// How workers meet. In: core.workers. A worker spins for some microseconds,
// then sleeps; nobody burns a core while idle.

#include "core.h"

Core core;

#define SPINS 4000
// core.shutdown: the leader ends after the view in progress, then the helpers.
#define HELPERS_END 2

// One for each worker; the linker's own is the caller's.
#define STACK_BYTES (96 * 1024)
static u8 stacks[MAX_WORKERS][STACK_BYTES] __attribute__((aligned(16)));

__attribute__((export_name("stack_top")))
u8 *stack_top(u32 worker) { return stacks[worker] + STACK_BYTES; }

static void sleep_while(u32 *word, u32 value) {
  for (int i = 0; i < SPINS; i++) {
    if (__atomic_load_n(word, __ATOMIC_ACQUIRE) != value) return;
  }
  while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == value) {
    __builtin_wasm_memory_atomic_wait32((int *)word, (int)value, -1);
  }
}

// Returns when every worker has called it; what any wrote before is seen after.
void barrier(void) {
  if (core.workers == 1) return;
  u32 generation = __atomic_load_n(&core.generation, __ATOMIC_ACQUIRE);
  if (__atomic_add_fetch(&core.arrived, 1, __ATOMIC_ACQ_REL) == core.workers) {
    core.arrived = 0;
    __atomic_store_n(&core.generation, generation + 1, __ATOMIC_RELEASE);
    __builtin_wasm_memory_atomic_notify((int *)&core.generation, MAX_WORKERS);
  } else {
    sleep_while(&core.generation, generation);
  }
}

// *word = max(*word, value).
void atomic_max(u32 *word, u32 value) {
  u32 old = __atomic_load_n(word, __ATOMIC_RELAXED);
  while (old < value &&
         !__atomic_compare_exchange_n(word, &old, value, 0, __ATOMIC_ACQ_REL,
                                      __ATOMIC_RELAXED)) {
  }
}

// The next task of a counter that starts at 0.
u32 take(u32 *counter) {
  return __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

// Whether the caller gave up the view in progress.
int aborted(void) {
  return __atomic_load_n(&core.aborted[core.slot], __ATOMIC_RELAXED) != 0;
}

// Moves *top up by `bytes`, growing the memory: the old top, aligned, or 0 if
// there is no memory left. Fresh pages cost nothing until they are touched.
void *claim(u32 *top, uint64_t bytes) {
  uint64_t start = ((uint64_t)*top + 63) & ~63ull;
  uint64_t end = start + bytes;
  uint64_t size = (uint64_t)__builtin_wasm_memory_size(0) << 16;
  if (end > 0xffff0000ull) return 0;
  if (end > size) {
    u32 pages = (u32)((end - size + 65535) >> 16);
    if (__builtin_wasm_memory_grow(0, pages) == (__SIZE_TYPE__)-1) return 0;
  }
  *top = (u32)end;
  return (void *)(__UINTPTR_TYPE__)start;
}

// A helper sleeps here between views. Returns 0 at shutdown.
__attribute__((export_name("wait_for_round")))
int wait_for_round(u32 seen) {
  sleep_while(&core.round, seen);
  return core.shutdown == HELPERS_END ? 0 : 1;
}

__attribute__((export_name("current_round")))
u32 current_round(void) { return __atomic_load_n(&core.round, __ATOMIC_ACQUIRE); }

// The leader sleeps here until a view is queued: its slot, or -1 at shutdown.
__attribute__((export_name("next_job")))
int next_job(void) {
  u32 head = core.queue_head;
  for (;;) {
    u32 tail = __atomic_load_n(&core.queue_tail, __ATOMIC_ACQUIRE);
    if (__atomic_load_n(&core.shutdown, __ATOMIC_ACQUIRE)) {
      core.shutdown = HELPERS_END;
      __atomic_add_fetch(&core.round, 1, __ATOMIC_ACQ_REL);
      __builtin_wasm_memory_atomic_notify((int *)&core.round, MAX_WORKERS);
      return -1;
    }
    if (tail != head) break;
    sleep_while(&core.queue_tail, tail);
  }
  core.queue_head = head + 1;
  return (int)(head % JOB_SLOTS);
}

// Lets the helpers begin the view in `slot`.
__attribute__((export_name("begin_round")))
void begin_round(u32 slot) {
  core.slot = slot;
  __atomic_add_fetch(&core.round, 1, __ATOMIC_ACQ_REL);
  __builtin_wasm_memory_atomic_notify((int *)&core.round, MAX_WORKERS);
}

// For packing, whose blocks the callers copy: the next block of pass `which`.
__attribute__((export_name("take_block")))
u32 take_block(u32 which) { return take(&core.next_task[which]); }

__attribute__((export_name("meet"))) void meet(void) { barrier(); }

// Words and jobs that the caller reads and writes.
__attribute__((export_name("job_address"))) Job *job_address(u32 slot) { return &core.jobs[slot]; }
__attribute__((export_name("aborted_address"))) u32 *aborted_address(void) { return core.aborted; }
__attribute__((export_name("queue_tail_address"))) u32 *queue_tail_address(void) { return &core.queue_tail; }
__attribute__((export_name("shutdown_address"))) u32 *shutdown_address(void) { return &core.shutdown; }
