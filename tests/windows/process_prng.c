/* bcryptprimitives.dll for a Wine that lacks it: std asks it for the seeds of its hash maps. Test equipment, never
 * shipped: a real Windows has its own. */
#include <stddef.h>

__declspec(dllimport) unsigned char __stdcall SystemFunction036(void *buffer, unsigned long length);

__declspec(dllexport) int __stdcall ProcessPrng(unsigned char *buffer, size_t length) {
    return SystemFunction036(buffer, (unsigned long)length);
}
