# For the other scripts, which read it: the program beside them (in a checkout, the one that was built), what it prints as
# UTF-8, and words as a command line of it.
$program = Join-Path $PSScriptRoot 'thor-stack.exe'
if (-not (Test-Path -LiteralPath $program -PathType Leaf)) {
    $built = Join-Path (Split-Path -Parent $PSScriptRoot) 'target\release\thor-stack.exe'
    if (-not (Test-Path -LiteralPath $built -PathType Leaf)) {
        throw "neither $program nor $built is there: keep the scripts beside the program, or build it by cargo build --release"
    }
    $program = $built
}
try { [Console]::OutputEncoding = [System.Text.Encoding]::UTF8 } catch { Write-Verbose 'there is no console, as in ISE' }

# Paths as they are seen from here: a task and a service start in another folder.
function Resolve-PathOption {
    param([string[]] $Words)
    $isPath = $false
    foreach ($word in $Words) {
        $option, $path = '', ''
        if ($isPath) { $path = $word } elseif ($word -match '^(--(?:workbook|config|home)=)(.+)$') { $option, $path = $Matches[1, 2] }
        if ($path) { $option + $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($path) } else { $word }
        $isPath = $word -match '^--(?:workbook|config|home)$'
    }
}

# As programs of Windows take it apart: backslashes count double before a quote alone, the closing one included.
function ConvertTo-CommandLine {
    param([string[]] $Words)
    $quoted = foreach ($word in $Words) {
        if ($word -match '^[^\s"]+$') { $word } else { '"' + ($word -replace '(\\*)"', '$1$1\"' -replace '(\\+)$', '$1$1') + '"' }
    }
    $quoted -join ' '
}
