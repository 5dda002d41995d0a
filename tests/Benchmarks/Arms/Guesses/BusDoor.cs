using MassTransit;
using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.Tests.Benchmarks.Arms.Guesses;

/// <summary>By the bus library, as its documentation sends.</summary>
public sealed class BusDoor : IGuessDoor
{
    private const int AnswersPrefetch = 256;

    private readonly IBusControl _bus;
    private readonly ISendEndpoint _guesses;

    private BusDoor(IBusControl bus, ISendEndpoint guesses) => (_bus, _guesses) = (bus, guesses);

    public static async Task<IGuessDoor> OpenAsync(HuntOptions options, Action<Guid> judged, CancellationToken cancel)
    {
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.ConfigureGuessHost(options, "sender");
            rabbit.ReceiveEndpoint(GuessBus.Judged, endpoint =>
            {
                endpoint.ConfigureConsumeTopology = false;
                endpoint.PrefetchCount = AnswersPrefetch;
                endpoint.Handler<GuessJudged>(answer =>
                {
                    judged(answer.Message.ActionId);
                    return Task.CompletedTask;
                });
            });
        });
        await bus.StartAsync(cancel);
        return new BusDoor(bus, await bus.GetSendEndpoint(new Uri($"exchange:{GuessBus.Guesses}")));
    }

    public Task SendAsync(JudgeGuess guess) => _guesses.Send(guess);

    public async ValueTask DisposeAsync() => await _bus.StopAsync(CancellationToken.None);
}
