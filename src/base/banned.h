/* banned.h — calls that have a better counterpart. Forced into every file by
 * the build, so using one is a compile error and needs no reviewer. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strtok gets atoi atol atof strncpy
#pragma GCC poison gmtime localtime ctime asctime

#endif
