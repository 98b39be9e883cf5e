# Installs the stack as a scheduled task of the current user: it starts at logon, without a window, and again when it
# fails. Needs no administrator. Running it again replaces the task. What follows is passed on to `thor-stack run`:
#   .\install-task.ps1 --workbook 'C:\Users\you\Documents\RTD_TOS.xlsm'
$ErrorActionPreference = 'Stop'

. (Join-Path $PSScriptRoot 'program.ps1')
$name = 'thor-stack'

# The parent that `start` makes starts a stack that dies again within a tenth of a second; the task looks after both.
# A console program in the user's session would flash a window and take the focus from Excel; a headless console has none.
$line = ConvertTo-CommandLine (@('--headless', $program, 'start') + @(Resolve-PathOption $args))
$action = New-ScheduledTaskAction -Execute (Join-Path $env:SystemRoot 'System32\conhost.exe') -Argument $line
$user = [System.Security.Principal.WindowsIdentity]::GetCurrent().Name
$triggers = @(
    (New-ScheduledTaskTrigger -AtLogOn -User $user),
    # Starting a stack that runs changes nothing, so this only repairs.
    (New-ScheduledTaskTrigger -Once -At (Get-Date) -RepetitionInterval (New-TimeSpan -Minutes 5))
)
$settings = New-ScheduledTaskSettingsSet -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries -StartWhenAvailable `
    -ExecutionTimeLimit ([TimeSpan]::Zero) -RestartCount 3 -RestartInterval (New-TimeSpan -Minutes 1) `
    -MultipleInstances IgnoreNew
# Interactive: the user's own session, where the mapped drives are.
$principal = New-ScheduledTaskPrincipal -UserId $user -LogonType Interactive -RunLevel Limited

Register-ScheduledTask -TaskName $name -Action $action -Trigger $triggers -Settings $settings -Principal $principal -Force | Out-Null
Start-ScheduledTask -TaskName $name
Write-Output "installed the task $name; it starts at logon and is looked after every five minutes"
