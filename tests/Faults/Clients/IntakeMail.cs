using System.Text.Json;
using RabbitMQ.Client;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.Bus;

namespace TreasureHunt.Tests.Faults.Clients;

/// <summary>
/// A partner at the queue player-actions: registers one team after the other, each by a player of its own, until stopped.
/// What the broker has confirmed counts as accepted.
/// </summary>
public sealed class IntakeMail(HuntOptions options, ClientLedger ledger, TimeProvider clock) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    public void Start(IReadOnlyList<string> hunts, TimeSpan pause) => _running = RunAsync(hunts, pause);

    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    private async Task RunAsync(IReadOnlyList<string> hunts, TimeSpan pause)
    {
        await using var connection = await new ConnectionFactory { Uri = options.RabbitMq }.CreateConnectionAsync("test partner");
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        for (var number = 1; !_stopping.IsCancellationRequested; number++)
        {
            var (hunt, player) = (hunts[number % hunts.Count], $"partner-{number}");
            var entry = ledger.Begin(hunt, player, byService: false, new RegisterTeam(player, "A partner's") { ActionId = Guid.CreateVersion7(clock.GetUtcNow()) })[0];
            var token = Tokens.Mint(options.TokenKey, player, hunt, TimeSpan.FromHours(1), clock, Role.Player);
            await channel.BasicPublishAsync(
                HuntBus.IntakeQueue, routingKey: "", mandatory: true,
                new BasicProperties { Persistent = true, ContentType = "application/json", Headers = new Dictionary<string, object?> { ["authorization"] = $"Bearer {token}", ["hunt"] = hunt } },
                JsonSerializer.SerializeToUtf8Bytes(entry.Action, Wire.Default.HuntAction));
            (entry.Tries, entry.AcceptedAt) = (1, clock.GetTimestamp());
            await Task.Delay(pause, clock, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
