using System.CommandLine;
using TreasureHunt.Cli.Api;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Demo;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Cli.Hunts;
using TreasureHunt.Cli.Lanes;
using TreasureHunt.Cli.Settings;
using TreasureHunt.Cli.Tests;
using TreasureHunt.Cli.Traces;
using TreasureHunt.Cli.Views;

var root = new RootCommand("The treasure hunt engine: start it, play on it, turn its knobs, look inside.")
{
    DemoCommand.Create(),
    UpCommand.Create(),
    DownCommand.Create(),
    DoctorCommand.Create(),
    HuntsCommand.Create(),
    BoardCommand.Create(),
    TraceCommand.Create(),
    FeedCommand.Create(),
    SettingsCommand.Create(),
    LanesCommand.Create(),
    ViewsCommand.Create(),
    TokenCommand.Create(),
    MigrateCommand.Create(),
    TestCommand.Create(),
    BenchCommand.Create(),
};
ExampleHelp.AddTo(root);

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
