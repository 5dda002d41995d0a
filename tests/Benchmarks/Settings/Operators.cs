using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using TreasureHunt.Cli.Servers;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Tests.Benchmarks.Load;

namespace TreasureHunt.Tests.Benchmarks.Settings;

/// <summary>
/// Many operators who change one setting on a schedule, each change by itself or several together, in a process of their own: in the load generator's they would delay the actions that are timed there.
/// Each has a connection and asks as little of the machine as can be (<see cref="HttpConnection"/>). They begin when they are started and stop when they are disposed of.
/// </summary>
public sealed class Operators : IAsyncDisposable
{
    /// <summary>Argument that makes the benchmarks' program this process.</summary>
    public const string Argument = "settings-operators";

    public const string Changed = "checkpoint.every";

    public const int PerSecond = 1_000, Count = 32;

    /// <summary>Changes in a set, as of one who steers every process of a fleet of fifty.</summary>
    public const int InASet = 50;

    private const string AddressVariable = "OPERATORS_CONFIG", TokenVariable = "OPERATORS_TOKEN", TogetherVariable = "OPERATORS_TOGETHER";

    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    private readonly OwnedProcess _process;

    private Operators(OwnedProcess process) => _process = process;

    public int Pid => _process.Pid;

    /// <param name="server">a ConfigService, or whatever else answers 200</param>
    /// <param name="folder">for its log</param>
    /// <param name="together">changes in a request: the fleet's value, and those of so many processes less one; fewer requests, as many changes</param>
    public static Operators Start(Uri server, string token, string folder, int together = 1)
    {
        var dotnet = Environment.GetEnvironmentVariable("HUNT_DOTNET") is { Length: > 0 } named ? named : "dotnet";
        var variables = new Dictionary<string, string> { [AddressVariable] = server.AbsoluteUri, [TokenVariable] = token, [TogetherVariable] = $"{together}" };
        return new Operators(Detached.Start(
            "operators", dotnet, [Path.Combine(AppContext.BaseDirectory, "TreasureHunt.Tests.Benchmarks.dll"), Argument], Path.Combine(folder, "operators.log"), AppContext.BaseDirectory, variables));
    }

    /// <summary>Takes back what sets leave: the values of single processes.</summary>
    public static ChangeSettings TakeBack => new(Names(InASet).Skip(1).ToDictionary(name => name, _ => (SettingValue?)null), "the storm is over");

    public async ValueTask DisposeAsync() => await _process.StopAsync(StopPatience);

    /// <summary>The process: changes until SIGTERM, and ends when the last one is answered.</summary>
    public static async Task RunAsync()
    {
        var server = new Uri(Environment.GetEnvironmentVariable(AddressVariable)!);
        var head = $"PATCH /settings HTTP/1.1\r\nHost: config\r\nAuthorization: Bearer {Environment.GetEnvironmentVariable(TokenVariable)}\r\nContent-Type: application/json\r\n";
        var names = Names(int.Parse(Environment.GetEnvironmentVariable(TogetherVariable)!, CultureInfo.InvariantCulture)).ToList();
        using var done = new CancellationTokenSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            done.Cancel();
        });
        var next = 0;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Count).Select(async _ =>
        {
            using var connection = await HttpConnection.OpenAsync(server, CancellationToken.None);
            while (!done.IsCancellationRequested)
            {
                var number = Interlocked.Increment(ref next);
                var due = TimeSpan.FromSeconds(number * names.Count / (double)PerSecond) - clock.Elapsed;
                if (due > TimeSpan.Zero) await Task.Delay(due, CancellationToken.None);
                var answer = await connection.AskAsync(Request(head, names, number), CancellationToken.None);
                if (answer.Status != 200) throw new InvalidOperationException($"Change {number} was answered {answer.Status}.");
            }
        }));
    }

    private static IEnumerable<string> Names(int together) => Enumerable.Range(0, together).Select(n => n == 0 ? Changed : $"{Changed}{SettingsScope.At}instance:storm-{n}");

    private static byte[] Request(string head, List<string> names, int number)
    {
        var values = names.ToDictionary(name => name, _ => (SettingValue?)SettingValue.Of(5_000 + number % 5_000));
        var body = JsonSerializer.SerializeToUtf8Bytes(new ChangeSettings(values, string.Create(CultureInfo.InvariantCulture, $"storm {number}")), Wire.Default.ChangeSettings);
        return [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{head}Content-Length: {body.Length}\r\n\r\n")), .. body];
    }
}
