# Starts the stack and installs it as a scheduled task of the current user: it starts at logon, without a window, and is
# looked after every five minutes. Needs no administrator. Running it again replaces the task; a stack that runs keeps its
# options until stop.ps1. What follows is passed on to `thor-stack start`:
#   .\install-task.ps1 --workbook 'C:\Users\you\Documents\RTD_TOS.xlsm'
$ErrorActionPreference = 'Stop'

. (Join-Path $PSScriptRoot 'program.ps1')
$name = 'thor-stack'

$words = @('start') + @(Resolve-PathOption $args)
# Here, so that what is wrong with the options is seen: a headless console tells its task nothing.
$ErrorActionPreference = 'Continue' # what the program logs to standard error is no failure
$global:LASTEXITCODE = 1 # where Windows does not run it at all
& $program @words
if ($LASTEXITCODE -ne 0) { throw "the stack did not start (exit code $LASTEXITCODE): nothing was installed" }
$ErrorActionPreference = 'Stop'

# The parent that `start` makes starts a stack that dies again within a tenth of a second; the task looks after both.
# A console program in the user's session would flash a window and take the focus from Excel; a headless console has none.
$line = ConvertTo-CommandLine (@('--headless', $program) + $words)
# From here, where relative paths of --set were meant; a task without a folder starts in System32.
$action = New-ScheduledTaskAction -Execute (Join-Path $env:SystemRoot 'System32\conhost.exe') -Argument $line `
    -WorkingDirectory $ExecutionContext.SessionState.Path.CurrentFileSystemLocation.ProviderPath
$user = [System.Security.Principal.WindowsIdentity]::GetCurrent().Name
$triggers = @(
    (New-ScheduledTaskTrigger -AtLogOn -User $user),
    # Starting a stack that runs changes nothing, so this only repairs. It is the restart, too: the console's exit code is
    # always 0, so the task itself never fails.
    (New-ScheduledTaskTrigger -Once -At (Get-Date) -RepetitionInterval (New-TimeSpan -Minutes 5))
)
# Priority 4 is normal; without it a task's programs run below Excel and thinkorswim.
$settings = New-ScheduledTaskSettingsSet -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries -StartWhenAvailable `
    -ExecutionTimeLimit ([TimeSpan]::Zero) -Priority 4 -MultipleInstances IgnoreNew
# Interactive: the user's own session, where the mapped drives are.
$principal = New-ScheduledTaskPrincipal -UserId $user -LogonType Interactive -RunLevel Limited

# Said each time: these functions do not see what this script prefers.
Register-ScheduledTask -TaskName $name -Action $action -Trigger $triggers -Settings $settings -Principal $principal -Force `
    -ErrorAction Stop | Out-Null
Write-Output "installed the task $name; it starts at logon and is looked after every five minutes"
Write-Output 'a stack that ran already keeps its options until .\stop.ps1'
