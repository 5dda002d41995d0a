using System.CommandLine;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Tests.Benchmarks.Arms.Batches;
using TreasureHunt.Tests.Benchmarks.Arms.ByHand;
using TreasureHunt.Tests.Benchmarks.Arms.Idiomatic;
using TreasureHunt.Tests.Benchmarks.Arms.RawLanes;
using TreasureHunt.Tests.Benchmarks.Ceilings;
using TreasureHunt.Tests.Benchmarks.Claims;
using TreasureHunt.Tests.Benchmarks.Doors;
using TreasureHunt.Tests.Benchmarks.Overload;
using TreasureHunt.Tests.Benchmarks.Pipeline;
using TreasureHunt.Tests.Benchmarks.Profile;
using TreasureHunt.Tests.Benchmarks.Recovery;
using TreasureHunt.Tests.Benchmarks.Settings;
using TreasureHunt.Tests.Benchmarks.Soak;
using TreasureHunt.Tests.Benchmarks.Views;

// The benchmarks' own process; `./hunt bench` builds it and hands over. One argument makes it a process of one of the arms.
Func<Task>? process = args switch
{
    [IdiomaticHost.Argument] => IdiomaticHost.RunAsync,
    [BatchHost.Argument] => BatchHost.RunAsync,
    [ByHandHost.Argument] => ByHandHost.RunAsync,
    [RawLaneHost.Argument] => RawLaneHost.RunAsync,
    [ClaimsHost.Argument] => ClaimsHost.RunAsync,
    [CentralConfigHost.Argument] => CentralConfigHost.RunAsync,
    [EchoHost.Argument] => EchoHost.RunAsync,
    [Operators.Argument] => Operators.RunAsync,
    _ => null,
};
if (process is not null)
{
    await process();
    return 0;
}

var root = new RootCommand("Benchmarks of the treasure hunt engine.")
{
    PipelinePlan.Command((plan, _, cancel) => PipelineBenchmark.RunAsync(plan, "./hunt bench " + string.Join(' ', args), TimeProvider.System, cancel)),
    CeilingsPlan.Command((plan, _, cancel) => CeilingsBenchmark.RunAsync(plan, "./hunt bench " + string.Join(' ', args), TimeProvider.System, cancel)),
    DoorPlan.Http((plan, _, cancel) => DoorBenchmark.RunAsync(plan, "./hunt bench " + string.Join(' ', args), HttpDoor.OpenAsync, TimeProvider.System, cancel)),
    DoorPlan.Intake((plan, _, cancel) => DoorBenchmark.RunAsync(plan, "./hunt bench " + string.Join(' ', args), IntakeDoor.OpenAsync, TimeProvider.System, cancel)),
    OverloadPlan.Command((plan, _, cancel) => OverloadBenchmark.RunAsync(plan, "./hunt bench " + string.Join(' ', args), TimeProvider.System, cancel)),
    ClaimsPlan.Command((plan, _, cancel) => ClaimsBenchmark.RunAsync(plan, "./hunt bench " + string.Join(' ', args), TimeProvider.System, cancel)),
    ViewsPlan.Command((plan, _, cancel) => ViewsBenchmark.RunAsync(plan, "./hunt bench " + string.Join(' ', args), TimeProvider.System, cancel)),
    ProfilePlan.Command((plan, _, cancel) => ProfileBenchmark.RunAsync(plan, "./hunt bench " + string.Join(' ', args), TimeProvider.System, cancel)),
    SoakPlan.Command((plan, _, cancel) => SoakBenchmark.RunAsync(plan, "./hunt bench " + string.Join(' ', args), TimeProvider.System, cancel)),
    RecoveryPlan.Command((plan, _, cancel) => RecoveryBenchmark.RunAsync(plan, "./hunt bench " + string.Join(' ', args), TimeProvider.System, cancel)),
    SettingsPlan.Command((plan, _, cancel) => SettingsBenchmark.RunAsync(plan, "./hunt bench " + string.Join(' ', args), TimeProvider.System, cancel)),
};
try
{
    var parsed = root.Parse(args);
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
