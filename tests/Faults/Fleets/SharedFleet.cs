using TreasureHunt.Cli.Servers;
using TreasureHunt.Tests.Integration;

[assembly: CollectionBehavior(DisableTestParallelization = true)] // they kill and measure: one at a time

namespace TreasureHunt.Tests.Faults.Fleets;

/// <summary>One fleet (ingress, ConfigService, two processors) for all faults that leave the servers alone. Each test brings hunts of its own.</summary>
public sealed class SharedFleet : IAsyncLifetime
{
    public const string Name = "shared fleet";

    private readonly Servers _servers = new();
    private RunningFleet? _fleet;

    public RunningFleet Fleet => _fleet ?? throw new InvalidOperationException("Not initialised.");

    public async Task InitializeAsync()
    {
        await _servers.InitializeAsync();
        _fleet = await RunningFleet.StartAsync(new ProvisionedServers { Way = "environment", Postgres = _servers.Postgres, RabbitMq = _servers.RabbitMq });
    }

    public async Task DisposeAsync()
    {
        if (_fleet is not null) await _fleet.DisposeAsync();
        await _servers.DisposeAsync();
    }
}

[CollectionDefinition(SharedFleet.Name)]
public sealed class SharedFleetTests : ICollectionFixture<SharedFleet>;

/// <summary>HUNT_FAULTS=long runs every fault as often and as long as the engine promises; else a form short enough for every commit.</summary>
public static class FaultForm
{
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("HUNT_FAULTS") == "long";

    public static int Kills => IsLong ? 20 : 5;

    public static TimeSpan Freeze => TimeSpan.FromSeconds(IsLong ? 15 : 8);

    /// <summary>How long processors come and go.</summary>
    public static TimeSpan Rebalancing => TimeSpan.FromSeconds(IsLong ? 300 : 45);

    /// <summary>Requests per second of the load that faults happen under.</summary>
    public const int Rate = 150;
}
