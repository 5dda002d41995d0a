using RabbitMQ.Client;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.ConfigService.Lanes;

/// <summary>Asks the broker once a second how many envelopes wait on each lane, and remembers some seconds of it.</summary>
public sealed class LaneDepths(HuntOptions options, TimeProvider time, ILogger<LaneDepths> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <summary>Seconds that are remembered.</summary>
    private const int Remembered = 5;

    private readonly Queue<long[]> _samples = [];
    private volatile Sample? _latest;

    /// <summary>Envelopes waiting on a lane: now and some seconds ago. null: the broker was not asked yet, or did not answer.</summary>
    public (long Now, long Before)? Of(int lane) => _latest is { } sample ? (sample.Now[lane], sample.Before[lane]) : null;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await AskAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                logger.LogDebug("The broker does not say how deep the lanes are: {Why}", e.Message);
                _samples.Clear();
                _latest = null;
            }
            catch (OperationCanceledException)
            {
                return;
            }
            await Task.Delay(Every, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>On one channel until it breaks: a lane that is not there yet closes it.</summary>
    private async Task AskAsync(CancellationToken cancel)
    {
        var factory = new ConnectionFactory { Uri = options.RabbitMq, ClientProvidedName = $"{options.Instance}/lane-depths", AutomaticRecoveryEnabled = false };
        await using var connection = await factory.CreateConnectionAsync(cancel);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancel);
        while (true)
        {
            var depths = new long[options.Lanes];
            for (var lane = 0; lane < depths.Length; lane++) depths[lane] = (await channel.QueueDeclarePassiveAsync(Envelope.QueueOf(lane), cancel)).MessageCount;
            if (_samples.Count == Remembered) _samples.Dequeue();
            _samples.Enqueue(depths);
            _latest = new Sample(depths, _samples.Peek());
            await Task.Delay(Every, time, cancel);
        }
    }

    private sealed record Sample(long[] Now, long[] Before);
}
