// SPDX-License-Identifier: Apache-2.0
#include "shim_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { kMostRules = 16, kMostText = 4096 };
static const long long kNoLimit = 1LL << 62;

enum RuleKind { kKill, kError, kShort, kStop, kStall, kFull };

struct Rule {
  enum RuleKind kind;
  long long number;  // k; of kFull the bytes
  int and_later;     // "K+"
  int after;
  int all;
  int once;  // for all processes of the rank; needs LOCKSTEP_FAULTS_COUNT
  int error_number;
  double seconds;
  int rank;                // -1: every rank
  char name[16];           // of the call; empty: every call
  char file[32];           // the last part of its path; empty: every path
  int other;               // every path but `file`
  _Atomic long long seen;  // such calls on these paths: what `number` counts where there is a file
};

// What FILE.rank of LOCKSTEP_FAULTS_COUNT holds.
struct Counters {
  _Atomic long long calls;
  _Atomic long long fired;  // how often a rule acted
};

static struct Rule rules[kMostRules];
static int rule_count;
static char folder[kMostText];
static struct Counters own_counters;
static struct Counters* counters = &own_counters;
static _Atomic long long bytes_written;
static int rank;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void give_up(const char* what, const char* text) {
  fprintf(stderr, "liblockstep_faults: %s: '%s'\n", what, text);
  _exit(99);
}

static const struct {
  const char* name;
  int number;
} kErrors[] = {{"ENOSPC", ENOSPC}, {"EDQUOT", EDQUOT}, {"EIO", EIO},
               {"ESTALE", ESTALE}, {"EINTR", EINTR},   {"ENOSYS", ENOSYS},
               {"EXDEV", EXDEV},   {"EMLINK", EMLINK}, {"EPERM", EPERM},
               {"EINVAL", EINVAL}, {"EACCES", EACCES}, {"EOPNOTSUPP", EOPNOTSUPP},
               {"EROFS", EROFS},   {"ENOENT", ENOENT}};

static int error_called(const char* name) {
  for (size_t i = 0; i < sizeof(kErrors) / sizeof(kErrors[0]); ++i)
    if (strcmp(kErrors[i].name, name) == 0) return kErrors[i].number;
  give_up("unknown error in LOCKSTEP_FAULTS", name);
  return 0;
}

static enum RuleKind kind_called(const char* name) {
  static const char* const kNames[] = {"kill", "error", "short", "stop", "stall", "full"};
  for (int i = 0; i <= kFull; ++i)
    if (strcmp(kNames[i], name) == 0) return (enum RuleKind)i;
  give_up("unknown fault in LOCKSTEP_FAULTS", name);
  return kKill;
}

static void read_option(struct Rule* rule, const char* text) {
  if (strcmp(text, "before") == 0 || strcmp(text, "self") == 0) return;
  if (strcmp(text, "after") == 0) {
    rule->after = 1;
  } else if (strcmp(text, "all") == 0) {
    rule->all = 1;
  } else if (strcmp(text, "once") == 0) {
    rule->once = 1;
  } else if (strncmp(text, "rank=", 5) == 0) {
    rule->rank = atoi(text + 5);
  } else if (strncmp(text, "call=", 5) == 0) {
    snprintf(rule->name, sizeof(rule->name), "%s", text + 5);
  } else if (strncmp(text, "file=", 5) == 0 || strncmp(text, "other=", 6) == 0) {
    rule->other = text[0] == 'o';
    snprintf(rule->file, sizeof(rule->file), "%s", strchr(text, '=') + 1);
  } else if (rule->kind == kError) {
    rule->error_number = error_called(text);
  } else if (rule->kind == kStall) {
    rule->seconds = atof(text);
  } else {
    give_up("unknown word in LOCKSTEP_FAULTS", text);
  }
}

// "kill:12:before:all:rank=1"
static void read_rule(char* text) {
  struct Rule rule = {.rank = -1};
  char* rest = NULL;
  rule.kind = kind_called(strtok_r(text, ":", &rest));
  const char* number = strtok_r(NULL, ":", &rest);
  if (number == NULL) give_up("a fault without a number in LOCKSTEP_FAULTS", text);
  char* end = NULL;
  rule.number = strtoll(number, &end, 10);
  rule.and_later = *end == '+';
  for (const char* option; (option = strtok_r(NULL, ":", &rest)) != NULL;)
    read_option(&rule, option);
  if (rule.after && rule.file[0] != '\0') give_up("'after' and a file in LOCKSTEP_FAULTS", text);
  if (rule_count == kMostRules) give_up("too many faults in LOCKSTEP_FAULTS", text);
  rules[rule_count++] = rule;
}

static void read_rules(void) {
  const char* plan = getenv("LOCKSTEP_FAULTS");
  if (plan == NULL) return;
  char text[kMostText];
  snprintf(text, sizeof(text), "%s", plan);
  char* rest = NULL;
  for (char* rule = strtok_r(text, ";", &rest); rule != NULL; rule = strtok_r(NULL, ";", &rest))
    read_rule(rule);
}

static void map_counters(void) {
  const char* file = getenv("LOCKSTEP_FAULTS_COUNT");
  if (file == NULL) return;
  char path[kMostText];
  snprintf(path, sizeof(path), "%s.%d", file, rank);
  const int descriptor =
      (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor < 0 || syscall(SYS_ftruncate, descriptor, sizeof(struct Counters)) != 0)
    give_up("cannot make the file of LOCKSTEP_FAULTS_COUNT", path);
  void* mapped =
      mmap(NULL, sizeof(struct Counters), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (mapped == MAP_FAILED) give_up("cannot map the file of LOCKSTEP_FAULTS_COUNT", path);
  syscall(SYS_close, descriptor);
  counters = mapped;
  // `fired` adds up over the processes that have this rank one after the other.
  atomic_store(&counters->calls, 0);
}

static void start(void) {
  const char* watched = getenv("LOCKSTEP_FAULTS_DIR");
  if (watched == NULL) return;
  if (watched[0] != '/') give_up("LOCKSTEP_FAULTS_DIR must be an absolute path", watched);
  snprintf(folder, sizeof(folder), "%s", watched);
  for (size_t length = strlen(folder); length > 1 && folder[length - 1] == '/';)
    folder[--length] = '\0';
  const char* own_rank = getenv("OMPI_COMM_WORLD_RANK");
  rank = own_rank == NULL ? 0 : atoi(own_rank);
  read_rules();
  map_counters();
}

int faults_watches(const char* path) {
  pthread_once(&once, start);
  const size_t length = strlen(folder);
  if (length == 0 || path == NULL) return 0;
  return strncmp(path, folder, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

int faults_rank(void) { return rank; }

static int is_on_path(const struct Rule* rule, const struct FaultCall* call) {
  const char* last = call->path == NULL ? NULL : strrchr(call->path, '/');
  return (last != NULL && strcmp(last + 1, rule->file) == 0) != rule->other;
}

static int is_named(const struct Rule* rule, const struct FaultCall* call) {
  return rule->name[0] == '\0' || strcmp(rule->name, call->name) == 0;
}

// Which call this is for the rule; 0: none.
static long long number_for(struct Rule* rule, const struct FaultCall* call) {
  if (!is_named(rule, call)) return 0;
  if (rule->file[0] == '\0') return call->number;
  return is_on_path(rule, call) ? atomic_fetch_add(&rule->seen, 1) + 1 : 0;
}

static int applies(struct Rule* rule, const struct FaultCall* call) {
  const long long number = number_for(rule, call);
  if (number == 0) return 0;
  if (rule->rank >= 0 && rule->rank != rank) return 0;
  if (rule->kind == kFull) return 0;
  if (rule->once && atomic_load(&counters->fired) > 0) return 0;
  if (rule->kind == kShort && (strcmp(call->name, "write") != 0 || call->length < 2)) return 0;
  return rule->number == number || (rule->and_later && number > rule->number);
}

static void fire(void) { atomic_fetch_add(&counters->fired, 1); }

static void kill_now(const struct Rule* rule) {
  fire();
  kill(rule->all ? 0 : getpid(), SIGKILL);
  for (;;) pause();
}

static void stall(double seconds) {
  struct timespec left = {.tv_sec = (time_t)seconds,
                          .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) continue;
}

static enum FaultVerdict act(const struct Rule* rule) {
  if (rule->kind == kKill && !rule->after) kill_now(rule);
  if (rule->kind == kKill) return kFaultPass;
  fire();
  if (rule->kind == kError) {
    errno = rule->error_number;
    return kFaultFail;
  }
  if (rule->kind == kStop) kill(getpid(), SIGSTOP);
  if (rule->kind == kStall) stall(rule->seconds);
  return rule->kind == kShort ? kFaultHalf : kFaultPass;
}

static int takes_space(const struct FaultCall* call) {
  return strcmp(call->name, "write") == 0 || strcmp(call->name, "allocate") == 0;
}

static enum FaultVerdict verdict_on(struct FaultCall* call) {
  call->number = atomic_fetch_add(&counters->calls, 1) + 1;
  if (takes_space(call) && faults_room() <= 0) {
    fire();
    errno = ENOSPC;
    return kFaultFail;
  }
  for (int i = 0; i < rule_count; ++i) {
    if (!applies(&rules[i], call)) continue;
    const enum FaultVerdict verdict = act(&rules[i]);
    if (verdict != kFaultPass) return verdict;
  }
  return kFaultPass;
}

enum FaultVerdict faults_begin(struct FaultCall* call) {
  const enum FaultVerdict verdict = verdict_on(call);
  faults_log_begin();
  return verdict;
}

long long faults_room(void) {
  for (int i = 0; i < rule_count; ++i) {
    if (rules[i].kind == kFull && (rules[i].rank < 0 || rules[i].rank == rank))
      return rules[i].number - atomic_load(&bytes_written);
  }
  return kNoLimit;
}

void faults_end(const struct FaultCall* call, long long result) {
  const int error_number = errno;
  if (result > 0 && strcmp(call->name, "write") == 0) atomic_fetch_add(&bytes_written, result);
  faults_log_end(call, result, result < 0 ? error_number : 0);
  for (int i = 0; i < rule_count; ++i) {
    if (rules[i].kind == kKill && rules[i].after && applies(&rules[i], call)) kill_now(&rules[i]);
  }
  errno = error_number;
}
