using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Bus;
using TreasureHunt.ServiceDefaults.Resilience;

namespace TreasureHunt.ServiceDefaults.Settings;

/// <summary>
/// The process's ear for settings: a bus connection of its own, so that neither a blocked publisher nor a busy consumer can
/// keep a change away. Starting never waits for the broker or ConfigService.
/// </summary>
public sealed class SettingsSubscription : BackgroundService
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);

    private readonly SettingsFollower _follower;
    private readonly SettingsApplier _applier;
    private readonly LivePipeline _sending;
    private readonly IBusControl _bus;
    private volatile bool _connected; // once; later losses show when something is sent

    public SettingsSubscription(
        HuntOptions options, SettingsStart start, LiveSettings live, CrashGuard guard, SettingsFile file, SettingsStatus status,
        IEnumerable<SettingsGovernor> governors, SettingsSource? source, LivePipeline sending, TimeProvider time, ILoggerFactory loggers)
    {
        _sending = sending;
        _applier = new SettingsApplier(
            start, live, file, guard, governors, SendAsync, status, time, loggers.CreateLogger<SettingsApplier>());
        if (guard.Quarantine is { } quarantined) _applier.Refuse(quarantined.Version, quarantined.Why, time.GetTimestamp());
        _follower = new SettingsFollower(
            start, live, guard, status, _applier, source is null ? null : source.ChangesAfterAsync, time, loggers.CreateLogger<SettingsFollower>());
        if (LogContext.Current is null) LogContext.ConfigureCurrentLogContext(loggers);
        _bus = MassTransit.Bus.Factory.CreateUsingRabbitMq(bus =>
        {
            bus.ConfigureHuntHost(options, "settings");
            // A name of its own per start: the broker may still hold the last one's queue for a lost connection.
            bus.ReceiveEndpoint($"settings.{start.Subject.Service}.{options.Instance}.{Guid.CreateVersion7():n}", endpoint =>
            {
                endpoint.HearsSettings(_follower.Hear);
                endpoint.ConnectReceiveEndpointObserver(new WhenReady(Connected));
            });
        });
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _follower.Compare(); // over HTTP, which may work when the bus does not
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var connecting = _bus.StartAsync(ending.Token);
        using var thread = new SettingsThread();
        Task[] loops =
        [
            thread.RunAsync(() => _follower.RunAsync(ending.Token)),
            thread.RunAsync(() => _applier.ApplyAsync(ending.Token)),
            Task.Run(() => _applier.TellAsync(ending.Token), CancellationToken.None), // the disk and the broker may take their time
        ];
        try
        {
            await await Task.WhenAny(loops); // one that fails ends the process: better none than one that works by what was
        }
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll([.. loops, connecting]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // it may never have come up
            await _bus.StopAsync(StopLimit);
        }
    }

    private void Connected()
    {
        _connected = true;
        _follower.Compare();
        _applier.Remind();
    }

    private Task SendAsync(SettingsReceipt receipt, CancellationToken cancel) =>
        !_connected ? throw new InvalidOperationException("The bus is not connected yet.") : _sending.ExecuteAsync(
            static async (call, attempt) => await call.Bus.SendWithinAsync(SettingsTopology.Receipts, call.Receipt, Pipe.Empty<SendContext<SettingsReceipt>>(), attempt),
            (Bus: _bus, Receipt: receipt), cancel).AsTask();

    /// <summary>Ready comes with every connection, the first and all later ones.</summary>
    private sealed class WhenReady(Action ready) : IReceiveEndpointObserver
    {
        public Task Ready(ReceiveEndpointReady _)
        {
            ready();
            return Task.CompletedTask;
        }

        public Task Stopping(ReceiveEndpointStopping _) => Task.CompletedTask;

        public Task Completed(ReceiveEndpointCompleted _) => Task.CompletedTask;

        public Task Faulted(ReceiveEndpointFaulted _) => Task.CompletedTask;
    }
}
