# Removes the scheduled task that install-task.ps1 made, and stops the stack. Ledger and logs stay. Where the task was
# installed with --home or --config, give that here too.
$ErrorActionPreference = 'Stop'

$name = 'thor-stack'
if (Get-ScheduledTask -TaskName $name -ErrorAction SilentlyContinue) {
    Unregister-ScheduledTask -TaskName $name -Confirm:$false -ErrorAction Stop
    Write-Output "removed the task $name"
} else {
    Write-Output "there is no task $name"
}
. (Join-Path $PSScriptRoot 'program.ps1')
$ErrorActionPreference = 'Continue' # what the program logs to standard error is no failure
$global:LASTEXITCODE = 1 # where Windows does not run it at all
& $program stop @args
exit $LASTEXITCODE
