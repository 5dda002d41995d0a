using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serilog.Core;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Settings;

namespace TreasureHunt.Tests.Benchmarks.Settings;

/// <summary>A process of the fleet as far as settings go, in this process, with connections, a file and a memory of its own.</summary>
public sealed class FleetMember : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly List<long> _swapped = [];

    private FleetMember(HuntOptions options)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddMetrics();
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new LoggingLevelSwitch());
        builder.AddLiveSettings("processors");
        _host = builder.Build();
        Live = _host.Services.GetRequiredService<LiveSettings>();
        Live.Changed += snapshot => { lock (_swapped) _swapped.Add(snapshot.Version); };
    }

    /// <summary>Ends when it is ready to work, by whatever it has.</summary>
    public static async Task<FleetMember> StartAsync(HuntOptions options, CancellationToken cancel)
    {
        Directory.CreateDirectory(options.DataDir);
        var member = new FleetMember(options);
        await member._host.StartAsync(cancel);
        return member;
    }

    public LiveSettings Live { get; }

    public SettingsStatus Status => _host.Services.GetRequiredService<SettingsStatus>();

    /// <summary>Versions swapped in since the start, in the order they came.</summary>
    public long[] Swapped
    {
        get { lock (_swapped) return [.. _swapped]; }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
