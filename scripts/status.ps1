# Shows the stack and each supervisor; the exit code says how it is (0 healthy, 1 degraded, 3 not running).
$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot 'program.ps1')
$ErrorActionPreference = 'Continue' # what the program logs to standard error is no failure
$global:LASTEXITCODE = 1 # where Windows does not run it at all
& $program status @args
exit $LASTEXITCODE
