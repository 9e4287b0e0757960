/* banned.h — calls that have a better counterpart. Forced into every file by
 * the build, so using one is a compile error and needs no reviewer. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#undef strcpy
#undef strcat
#undef strncpy
#undef sprintf
#undef vsprintf
#undef strtok
#undef strerror
#undef atoi
#undef atol
#undef atof
#undef gmtime
#undef localtime
#undef ctime
#undef asctime

#define strcpy(...)    banned_use_memcpy_or_text
#define strcat(...)    banned_use_text
#define strncpy(...)   banned_use_memcpy
#define sprintf(...)   banned_use_snprintf
#define vsprintf(...)  banned_use_vsnprintf
#define strtok(...)    banned_use_strtok_r
#define strerror(...)  banned_use_error_system
#define atoi(...)      banned_use_strtol
#define atol(...)      banned_use_strtol
#define atof(...)      banned_use_strtod
#define gmtime(...)    banned_use_gmtime_r
#define localtime(...) banned_use_localtime_r
#define ctime(...)     banned_use_strftime
#define asctime(...)   banned_use_strftime

#endif
