# Installs the stack as a Windows service, which runs without anybody logged on. Needs an administrator. It runs as the
# user who is asked for, whose workbook and ledger it reads; mapped drives are not there, so name a share by its \\path.
# What follows is passed on to the service:
#   .\install-service.ps1 --workbook '\\server\quotes\RTD_TOS.xlsm'
#Requires -RunAsAdministrator
$ErrorActionPreference = 'Stop'

. (Join-Path $PSScriptRoot 'program.ps1')
$name = 'thor-stack'
if (Get-Service -Name $name -ErrorAction SilentlyContinue) { throw "there is a service $name: run remove-service.ps1 first" }

$options = @(Resolve-PathOption $args)
# `check` chooses no supervisors: without --only and the names behind it.
$isName = $false
$checked = @(foreach ($word in $options) {
    if ($word -like '-*') { $isName = $word -ceq '--only' }
    if (-not $isName -and $word -cnotlike '--only=*') { $word }
})
# Here, because a service with a bad config has nobody to tell.
$ErrorActionPreference = 'Continue' # what the program logs to standard error is no failure
$global:LASTEXITCODE = 2 # where Windows does not run it at all
& $program check @checked
if ($LASTEXITCODE -eq 2) { throw 'the config is bad: nothing was installed' }
$ErrorActionPreference = 'Stop'

$line = ConvertTo-CommandLine (@($program, 'service') + $options)
$user = [System.Security.Principal.WindowsIdentity]::GetCurrent().Name
$credential = Get-Credential -UserName $user -Message 'The account that the service runs as; it needs the right "Log on as a service"'
if (-not $credential) { throw 'no account was named: nothing was installed' }
New-Service -Name $name -DisplayName 'thor-stack' -StartupType Automatic -Credential $credential `
    -Description 'Background workers of a futures trader''s stack' -BinaryPathName $line | Out-Null

# Started again 1 s, 10 s, then a minute after a failure; the count begins anew after a day. An exit with an error counts too.
& sc.exe failure $name reset= 86400 actions= restart/1000/restart/10000/restart/60000 | Out-Null
if ($LASTEXITCODE -eq 0) { & sc.exe failureflag $name 1 | Out-Null }
if ($LASTEXITCODE -ne 0) { Write-Warning "the service $name is not started again when it fails: sc.exe ended with $LASTEXITCODE" }
try {
    Start-Service -Name $name
} catch {
    throw "the service $name is installed and does not start ($_): give $($credential.UserName) the right `"Log on as a service`" " +
        "(secpol.msc, Local Policies, User Rights Assignment), then Start-Service $name; else see thor-stack.log in its home"
}
Write-Output "installed the service $name as $($credential.UserName)"
