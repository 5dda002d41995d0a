using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Servers;

namespace TreasureHunt.Tests.Faults.Fleets;

/// <summary>
/// Servers that a test may restart: its own child processes, whatever the environment names. Where the programs are not
/// installed the tests are skipped and say so.
/// </summary>
public sealed class PrivateGround : IAsyncLifetime
{
    public const string Name = "private ground";

    private RunningFleet? _fleet;
    private string? _whyNot;

    /// <summary>Skips the test when there is no such ground here.</summary>
    public RunningFleet Fleet
    {
        get
        {
            Skip.If(_fleet is null, $"PostgreSQL and RabbitMQ of our own, to be restarted, cannot be had here: {_whyNot}");
            return _fleet!;
        }
    }

    public async Task InitializeAsync()
    {
        if (!OperatingSystem.IsLinux())
        {
            _whyNot = "a server process is started again from what /proc says of it";
            return;
        }
        var box = Box.Create($"faults-{Environment.ProcessId}-private", lanes: 8);
        try
        {
            var request = new ServerRequest(box.Name, box.Id, box.Folder, box.Logs, box.ServerPassword, TestVhosts: 0, process =>
            {
                lock (box)
                {
                    box.ServerProcesses.Add(process);
                    box.Save();
                }
            });
            var answer = await new PrivateServers().TryAsync(request, default);
            _whyNot = answer.WhyNot;
            box.Servers = answer.Servers;
        }
        catch
        {
            await BoxLife.StopAsync(box, deleteData: true);
            throw;
        }
        if (box.Servers is null) await BoxLife.StopAsync(box, deleteData: true);
        else _fleet = await RunningFleet.StartAsync(box, processors: 2);
    }

    public async Task DisposeAsync()
    {
        if (_fleet is not null) await _fleet.DisposeAsync();
    }
}

[CollectionDefinition(PrivateGround.Name)]
public sealed class PrivateGroundTests : ICollectionFixture<PrivateGround>;
