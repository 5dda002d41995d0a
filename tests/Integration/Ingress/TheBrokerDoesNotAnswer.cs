using System.Net;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.Resilience;
using TreasureHunt.Tests.Integration.Settings;

namespace TreasureHunt.Tests.Integration.Ingress;

/// <summary>Senders are told so within the time that is set, and as soon as it is back it is used again.</summary>
public sealed class TheBrokerDoesNotAnswer(Servers servers) : IClassFixture<Servers>
{
    private static readonly CallPolicy Usual = SettingsSchema.Defaults.Broker;

    [Fact]
    public async Task A_sender_waits_as_long_as_the_setting_says_and_gets_503()
    {
        const string hunt = "cut-off";
        await using var proxy = new CutProxy(servers.RabbitMq);
        var options = servers.Options("ingress-1", lanes: 2) with { RabbitMq = proxy.Address };
        await Published.HuntAsync(options, hunt);
        await using var ingress = await IngressApp.StartAsync(options);
        var (broker, ada) = (ingress.Service<LivePipelines>().Broker, ingress.Token("ada", Role.Player));
        await UntilAsync(HttpStatusCode.Accepted);

        proxy.Cut();
        broker.Change(Usual with { Timeout = TimeSpan.FromSeconds(4) });
        var patient = SendAsync();
        await Task.Delay(TimeSpan.FromSeconds(1));
        Assert.False(patient.IsCompleted); // 4 s are its time
        broker.Change(Usual with { Timeout = TimeSpan.FromMilliseconds(200) });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await patient).StatusCode);
        for (var n = 0; n < 30; n++)
        {
            var answer = await SendAsync().WaitAsync(TimeSpan.FromSeconds(20)); // one a second finds out, the others are not even tried
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.NotNull(answer.Headers.RetryAfter);
        }

        proxy.Mend();
        broker.Change(Usual);
        await UntilAsync(HttpStatusCode.Accepted);

        Task<HttpResponseMessage> SendAsync() => ingress.PostAsync(
            $"/hunts/{hunt}/actions", WholeEngine.Action("RegisterTeam", Guid.CreateVersion7(), ("team", "red"), ("name", "Red")), ada);

        async Task UntilAsync(HttpStatusCode status)
        {
            for (var n = 0; n < 300; n++)
            {
                if ((await SendAsync()).StatusCode == status) return;
                await Task.Delay(100);
            }
            Assert.Fail($"No {status} in half a minute.");
        }
    }
}
