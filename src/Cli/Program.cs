using System.CommandLine;
using TreasureHunt.Cli;
using TreasureHunt.Cli.Frame;

var root = HuntRoot.Create();
var parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors) Screen.Note(error.Message);
    Screen.Note($"See {ExampleHelp.PathOf(parsed.CommandResult)} --help");
    return (int)ExitCode.Usage;
}
try
{
    return await parsed.InvokeAsync(new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = TimeSpan.FromMinutes(1), // Ctrl-C: what was started is torn down first
    });
}
catch (CommandFailed failed)
{
    Screen.Note(failed.Message);
    return (int)failed.Code;
}
catch (OperationCanceledException)
{
    Screen.Note("Interrupted.");
    return (int)ExitCode.Cancelled;
}
