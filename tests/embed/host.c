/* A host in C: `host CONFIG`. Prints the step that fails. */

#include "thor_stack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP(holds)                                                          \
    do {                                                                     \
        if (!(holds)) {                                                      \
            char why[1024] = "";                                             \
            thor_stack_last_error(why, sizeof why);                          \
            fprintf(stderr, "line %d: %s; %s\n", __LINE__, #holds, why);     \
            return 1;                                                        \
        }                                                                    \
    } while (0)

int main(int count, char **words) {
    char error[1024], small[4];
    STEP(count == 2);
    STEP(strlen(thor_stack_version()) > 0);
    STEP(thor_stack_start(NULL) == THOR_STACK_BAD_ARGUMENT);
    int told = thor_stack_last_error(error, sizeof error);
    STEP(told > 0);
    STEP(strstr(error, "null") != NULL);
    for (int room = told - 1; room <= told + 1; room++) { /* too short by two, by one, and just enough */
        char *exact = malloc((size_t)room);
        STEP(exact != NULL);
        int answer = thor_stack_last_error(exact, (size_t)room);
        STEP(room > told ? answer == told : answer <= THOR_STACK_SHORT);
        STEP(strlen(exact) == (room > told ? (size_t)told : 0));
        free(exact);
    }
    STEP(thor_stack_last_error(small, sizeof small) <= THOR_STACK_SHORT);
    STEP(thor_stack_start("/nowhere/desk.toml") == THOR_STACK_BAD_CONFIG);

    STEP(thor_stack_start(words[1]) == 0);
    STEP(thor_stack_last_error(error, sizeof error) == 0);
    STEP(thor_stack_start(words[1]) == 1);
    STEP(thor_stack_last_error(error, sizeof error) > 0);

    int needed = thor_stack_status_json(small, sizeof small);
    STEP(needed <= THOR_STACK_SHORT);
    size_t size = 2 * (size_t)-needed;
    char *status = malloc(size);
    STEP(status != NULL);
    int length = thor_stack_status_json(status, size);
    STEP(length > 0 && strlen(status) == (size_t)length);
    STEP(strstr(status, "\"state\":\"running\"") != NULL);
    free(status);

    STEP(thor_stack_stop(5000) == 0);
    STEP(thor_stack_stop(5000) == 0);
    puts("done");
    return 0;
}
