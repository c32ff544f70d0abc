/* A stand-in for libnvidia-ml.so.1 that the tests compile: GPUs in memory, and faults on demand. Only what the host calls is here.
   Handles carry the generation in which they were given out: a simulated driver reset makes the older ones stale. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { SUCCESS = 0, UNINITIALIZED = 1, INVALID_ARGUMENT = 2, NOT_FOUND = 6, INSUFFICIENT_SIZE = 7, GPU_IS_LOST = 15 };
enum { MAX_GPUS = 16, MAX_FAULTS = 32, ANY_GPU = -1 };

typedef struct {
    unsigned limit, normal, min, max, draw;
    unsigned long long energy;
    int clamp_to;        /* mW that every write ends at, whatever was asked; 0 = obey */
    int read_offset;     /* mW added to the limit that is read back */
} gpu_t;

typedef struct { char function[64]; int gpu, code, times; } fault_t;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static gpu_t gpus[MAX_GPUS];
static fault_t faults[MAX_FAULTS];
static int gpu_count, fault_count, users, generation = 1, writes, inits, held, waiting;
static char held_function[64];

/* ---- for the tests ---- */

void stub_reset(int count)
{
    pthread_mutex_lock(&lock);
    gpu_count = count; fault_count = 0; writes = 0; inits = 0; users = 0; generation++;
    held = 0; pthread_cond_broadcast(&changed);
    for (int i = 0; i < count; i++)
        gpus[i] = (gpu_t){ .limit = 700000, .normal = 700000, .min = 200000, .max = 700000, .draw = 68500 + i, .energy = 123456789ULL };
    pthread_mutex_unlock(&lock);
}

void stub_set(int gpu, unsigned limit, unsigned normal, unsigned min, unsigned max)
{
    pthread_mutex_lock(&lock);
    gpus[gpu].limit = limit; gpus[gpu].normal = normal; gpus[gpu].min = min; gpus[gpu].max = max;
    pthread_mutex_unlock(&lock);
}

void stub_clamp(int gpu, int milliwatts) { gpus[gpu].clamp_to = milliwatts; }
void stub_read_offset(int gpu, int milliwatts) { gpus[gpu].read_offset = milliwatts; }
int stub_writes(void) { return writes; }
int stub_inits(void) { return inits; }
int stub_users(void) { return users; }
unsigned stub_limit(int gpu) { return gpus[gpu].limit; }

/* times: how often the fault strikes; below 0 = always */
void stub_fail(const char *function, int gpu, int code, int times)
{
    pthread_mutex_lock(&lock);
    fault_t *fault = &faults[fault_count++];
    snprintf(fault->function, sizeof fault->function, "%s", function);
    fault->gpu = gpu; fault->code = code; fault->times = times;
    pthread_mutex_unlock(&lock);
}

void stub_heal(void)
{
    pthread_mutex_lock(&lock);
    fault_count = 0;
    held = 0;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

/* Calls of the function do not come back until stub_heal or stub_reset. */
void stub_hold(const char *function)
{
    pthread_mutex_lock(&lock);
    snprintf(held_function, sizeof held_function, "%s", function);
    held = 1;
    pthread_mutex_unlock(&lock);
}

/* Blocks until a call hangs in the held function. */
void stub_await_hang(void)
{
    pthread_mutex_lock(&lock);
    while (waiting == 0) pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

/* The driver was reloaded: limits are back at their defaults, and nobody is initialised. */
void stub_driver_reset(void)
{
    pthread_mutex_lock(&lock);
    generation++; users = 0;
    for (int i = 0; i < gpu_count; i++) gpus[i].limit = gpus[i].normal;
    pthread_mutex_unlock(&lock);
}

/* One GPU was reset: handles to all of them are stale until NVML is initialised anew. */
void stub_gpu_reset(void) { pthread_mutex_lock(&lock); generation++; pthread_mutex_unlock(&lock); }

/* ---- the library ---- */

static int fault(const char *function, int gpu)
{
    int code = SUCCESS;
    pthread_mutex_lock(&lock);
    while (held && strcmp(held_function, function) == 0) {
        waiting++;
        pthread_cond_broadcast(&changed);
        pthread_cond_wait(&changed, &lock);
        waiting--;
    }
    for (int i = 0; i < fault_count && code == SUCCESS; i++) {
        fault_t *f = &faults[i];
        if (f->times != 0 && strcmp(f->function, function) == 0 && (f->gpu == ANY_GPU || f->gpu == gpu)) {
            if (f->times > 0) f->times--;
            code = f->code;
        }
    }
    pthread_mutex_unlock(&lock);
    return code;
}

static void *handle_of(int gpu) { return (void *)(intptr_t)(generation * 256 + gpu + 1); }

static int enter(const char *function, void *device, int *gpu)
{
    intptr_t value = (intptr_t)device;
    if (users <= 0) return UNINITIALIZED;
    *gpu = (int)(value % 256) - 1;
    if (*gpu < 0 || *gpu >= gpu_count) return INVALID_ARGUMENT;
    if (value / 256 != generation) return GPU_IS_LOST;
    return fault(function, *gpu);
}

#define ENTER int gpu; int code = enter(__func__, device, &gpu); if (code != SUCCESS) return code

int nvmlInit_v2(void)
{
    int code = fault(__func__, ANY_GPU);
    if (code != SUCCESS) return code;
    pthread_mutex_lock(&lock); users++; inits++; pthread_mutex_unlock(&lock);
    return SUCCESS;
}

int nvmlShutdown(void)
{
    int code = fault(__func__, ANY_GPU);
    if (code != SUCCESS) return code;
    if (users <= 0) return UNINITIALIZED;
    users--;
    return SUCCESS;
}

int nvmlSystemGetDriverVersion(char *version, unsigned length)
{
    if (length < 10) return INSUFFICIENT_SIZE;
    snprintf(version, length, "999.99.01");
    return SUCCESS;
}

int nvmlDeviceGetCount_v2(unsigned *count)
{
    if (users <= 0) return UNINITIALIZED;
    int code = fault(__func__, ANY_GPU);
    *count = (unsigned)gpu_count;
    return code;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device)
{
    if (users <= 0) return UNINITIALIZED;
    if (index >= (unsigned)gpu_count) return INVALID_ARGUMENT;
    *device = handle_of((int)index);
    return fault(__func__, (int)index);
}

int nvmlDeviceGetHandleByUUID(const char *uuid, void **device)
{
    int index;
    if (users <= 0) return UNINITIALIZED;
    if (sscanf(uuid, "GPU-00000000-0000-0000-0000-%12d", &index) != 1 || index >= gpu_count) return NOT_FOUND;
    *device = handle_of(index);
    return fault(__func__, index);
}

int nvmlDeviceGetUUID(void *device, char *uuid, unsigned length)
{
    ENTER;
    return snprintf(uuid, length, "GPU-00000000-0000-0000-0000-%012d", gpu) >= (int)length ? INSUFFICIENT_SIZE : SUCCESS;
}

int nvmlDeviceGetName(void *device, char *name, unsigned length) { ENTER; snprintf(name, length, "Stub H200\x1b[31m"); return SUCCESS; }
int nvmlDeviceGetPowerManagementLimit(void *device, unsigned *limit) { ENTER; *limit = gpus[gpu].limit + (unsigned)gpus[gpu].read_offset; return SUCCESS; }
int nvmlDeviceGetPowerManagementDefaultLimit(void *device, unsigned *limit) { ENTER; *limit = gpus[gpu].normal; return SUCCESS; }
int nvmlDeviceGetPowerUsage(void *device, unsigned *power) { ENTER; *power = gpus[gpu].draw; return SUCCESS; }
int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *energy) { ENTER; *energy = gpus[gpu].energy; return SUCCESS; }

int nvmlDeviceGetPowerManagementLimitConstraints(void *device, unsigned *min, unsigned *max)
{
    ENTER;
    *min = gpus[gpu].min;
    *max = gpus[gpu].max;
    return SUCCESS;
}

int nvmlDeviceSetPowerManagementLimit(void *device, unsigned limit)
{
    ENTER;
    if (limit < gpus[gpu].min || limit > gpus[gpu].max) return INVALID_ARGUMENT;
    gpus[gpu].limit = gpus[gpu].clamp_to > 0 ? (unsigned)gpus[gpu].clamp_to : limit;
    writes++;
    return SUCCESS;
}
