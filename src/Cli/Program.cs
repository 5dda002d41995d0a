using System.CommandLine;
using TreasureHunt.Cli.Api;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Cli.Settings;
using TreasureHunt.Cli.Tests;

var root = new RootCommand("The treasure hunt engine: start it, play on it, turn its knobs, look inside.")
{
    UpCommand.Create(),
    DownCommand.Create(),
    DoctorCommand.Create(),
    SettingsCommand.Create(),
    TokenCommand.Create(),
    TestCommand.Create(),
    BenchCommand.Create(),
};
ExampleHelp.AddTo(root);

var parsed = root.Parse(args);
try
{
    var code = await parsed.InvokeAsync(new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = TimeSpan.FromMinutes(1), // Ctrl-C: what was started is torn down first
    });
    return parsed.Errors.Count > 0 ? (int)ExitCode.Usage : code;
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
