/* thor-stack inside a host that speaks C: Python (ctypes), .NET, Excel, C itself.
 *
 * Every function can be called from any thread and returns at once, but thor_stack_stop. None of them crashes on a
 * null or short buffer, and no panic crosses into the host. The library installs no signal handler and stays loaded
 * once it is loaded, for its threads live in it. In a forked child, where there are no threads, starting, stopping
 * and asking say THOR_STACK_FORKED and touch no lock. */
#ifndef THOR_STACK_H
#define THOR_STACK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the functions return besides 0 and more. */
#define THOR_STACK_BAD_ARGUMENT (-1) /* a null pointer, or a path that is no UTF-8 */
#define THOR_STACK_BAD_CONFIG (-2)   /* the config has problems; nothing was started */
#define THOR_STACK_NOT_STARTED (-3)  /* the home cannot be used, or the system refused a thread */
#define THOR_STACK_FORKED (-4)       /* this process was forked from the one in which the stack runs */
#define THOR_STACK_PANIC (-5)        /* a defect of the library; the host can go on */
#define THOR_STACK_SHORT (-64)       /* this or less: the buffer is short; negated, it is a size that is enough */

/* Starts the stack as the TOML file at config_toml_path (UTF-8) says; "" stands for the default lookup: the file that
 * THOR_STACK_CONFIG names, else config.toml in the home folder, else the defaults.
 *
 * 0: it runs, or stands by because another process has the same home, and takes over when that one is gone
 * (thor_stack_status_json tells which). 1: it is not to start in this process: a command of Django's manager that
 * serves nothing, an autoreloader's parent, THOR_STACK_AUTO_START=0, or it was started here before;
 * thor_stack_last_error says why. Negative: an error. */
int thor_stack_start(const char *config_toml_path);

/* Stops the stack, or its standing by, and waits timeout_ms altogether (10 minutes at most).
 *
 * 0: all has stopped, or nothing ran. 1: not all stopped in time; thor_stack_last_error names who did not. Call it
 * where the host ends (Python: atexit). */
int thor_stack_stop(uint32_t timeout_ms);

/* Writes the status as JSON, UTF-8 with a final NUL, into buf of len bytes.
 *
 * The number of bytes written without the NUL; THOR_STACK_SHORT or less if that is more than fits: then buf holds an
 * empty text, and the result negated is a size that was enough. The status may grow meanwhile: ask in a loop.
 * "state" is "running", "degraded", "standby", "stopping" or "stopped" (also where nothing was ever started). */
int thor_stack_status_json(char *buf, size_t len);

/* Writes what the last call of this thread that did not return 0 said, as thor_stack_status_json does; an empty text
 * where the last call went well. This call and thor_stack_version leave it as it is. */
int thor_stack_last_error(char *buf, size_t len);

/* The version of the library, a text that is never freed. */
const char *thor_stack_version(void);

#ifdef __cplusplus
}
#endif

#endif
