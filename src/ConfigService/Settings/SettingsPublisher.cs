using MassTransit;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Bus;
using TreasureHunt.ServiceDefaults.Resilience;
using TreasureHunt.ServiceDefaults.Settings;

namespace TreasureHunt.ConfigService.Settings;

/// <summary>
/// Announces committed versions, read from the stream and never beside the append: right after a commit, and the latest
/// again every few seconds, so that neither a crash between commit and announcement nor a lost message leaves anybody behind.
/// </summary>
public sealed class SettingsPublisher : BackgroundService
{
    public static readonly TimeSpan BeaconEvery = TimeSpan.FromSeconds(3);

    /// <summary>
    /// In a storm of changes: every announcement has all processes act and answer, which costs the fleet more than the change cost us. One that comes
    /// after a quiet moment of this length is announced at once; one that had to wait for it makes the next wait twice as long, up to <see cref="LongestWait"/>.
    /// </summary>
    public static readonly TimeSpan AtMostEvery = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a change waits at most, however many there are. At two thousand a second those of this time still travel in one message (<see cref="SettingsTail.MaxRecent"/>).</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(200);

    private readonly SettingsLog _log;
    private readonly IBus _bus;
    private readonly LivePipelines _pipelines;
    private readonly TimeProvider _time;
    private readonly ILogger<SettingsPublisher> _logger;
    private readonly SemaphoreSlim _committed = new(0);
    private long? _announced; // only on the publishing task; null before the first beacon
    private long _announcedAt; // when something new was
    private TimeSpan _apart = AtMostEvery;

    public SettingsPublisher(SettingsLog log, IBus bus, LivePipelines pipelines, TimeProvider time, ILogger<SettingsPublisher> logger)
    {
        (_log, _bus, _pipelines, _time, _logger) = (log, bus, pipelines, time, logger);
        log.Committed += (changes, _) =>
        {
            if (changes.Count > 0) _committed.Release();
        };
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var committed = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            await AnnounceAsync(committed, stoppingToken);
            try
            {
                using var beacon = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                var wake = _committed.WaitAsync(beacon.Token);
                await Task.WhenAny(wake, Task.Delay(BeaconEvery, _time, beacon.Token));
                committed = wake.IsCompletedSuccessfully;
                await beacon.CancelAsync();
                if (committed) await SpacedAsync(stoppingToken);
                while (_committed.Wait(0, stoppingToken)) { } // several commits are announced in one go
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
            }
        }
    }

    private async Task SpacedAsync(CancellationToken cancel)
    {
        var since = _time.GetElapsedTime(_announcedAt);
        if (since >= AtMostEvery)
        {
            _apart = AtMostEvery;
            return;
        }
        await Task.Delay(_apart - since, _time, cancel);
        _apart = 2 * _apart < LongestWait ? 2 * _apart : LongestWait;
    }

    /// <param name="committed">by this process: what the log holds says it, and only a beacon looks for what others committed</param>
    private async Task AnnounceAsync(bool committed, CancellationToken cancel)
    {
        var tail = _log.LastRead;
        try
        {
            if (!committed || _announced is null) tail = await _log.ReadAsync(cancel);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            _logger.LogWarning("The settings stream cannot be read ({Why}); what was read before is announced again", e.Message);
            if (_announced is null) return; // never read: there is nothing to say, and version 0 might be a lie
        }
        try
        {
            var fresh = _announced is { } announced ? tail.Recent.Where(message => message.Version > announced).ToList() : [];
            var message = fresh.Count > 0 ? SettingsMessage.Join(fresh) : tail.Latest;
            await SendAsync(message, cancel);
            if (message.Version != _announced) _announcedAt = _time.GetTimestamp();
            _announced = message.Version;
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            _logger.LogWarning("Settings version {Version} could not be announced ({Why}); the next beacon does", tail.State.Version, e.Message);
        }
        catch (OperationCanceledException)
        {
            // Stopping: the next start announces.
        }
    }

    private async Task SendAsync(SettingsMessage message, CancellationToken cancel) =>
        await _pipelines.Broker.ExecuteAsync(
            static async (call, attempt) => await call.Bus.SendWithinAsync(SettingsTopology.Exchange, call.Message, Pipe.Empty<SendContext<SettingsMessage>>(), attempt),
            (Bus: _bus, Message: message), cancel);
}
