using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.Problems;
using TreasureHunt.Tests.Unit.Settings;

namespace TreasureHunt.Tests.Integration.Ingress;

/// <summary>What a partner sends while its lane is full waits in the engine's hands, and the waiting costs its player nothing.</summary>
public sealed class PartnersWait(Servers servers) : IClassFixture<Servers>
{
    private const int Tries = 8; // of both together

    [Fact]
    public async Task A_message_that_waits_for_its_lane_keeps_the_rate_of_its_player()
    {
        var options = servers.Options("ingress-waits", lanes: 2);
        const string hunt = "full-town";
        await Published.HuntAsync(options, hunt);
        await using var processor = await StubProcessor.StartAsync(options);
        await using var ingress = await IngressApp.StartAsync(options);
        using var metrics = new HeardMetrics(ingress.Service<IMeterFactory>());
        processor.Answer = _ => null;
        ingress.Set(settings => settings with { LaneDepth = 1, RateBurst = 2, RatePerSecond = 1 });
        Assert.Equal(HttpStatusCode.Accepted, (await ingress.PostAsync($"/hunts/{hunt}/actions", Guess(Guid.CreateVersion7()), ingress.Token("bob", Role.Player))).StatusCode);

        Guid[] ids = [Guid.CreateVersion7(), Guid.CreateVersion7()];
        foreach (var id in ids) await PartnerMail.SendAsync(options, Encoding.UTF8.GetBytes(Guess(id)), $"Bearer {ingress.Token("ada", Role.Player)}", hunt);
        await Eventually.TrueAsync(() => metrics.Of("hunt.ingress.refused", ProblemTypes.LaneFull) >= Tries, seconds: 20);
        ingress.Set(settings => settings with { LaneDepth = 100 });
        await Eventually.TrueAsync(() => ids.All(id => processor.Actions.Any(action => action.Action.ActionId == id)));
        Assert.Equal(double.NaN, metrics.Of("hunt.ingress.refused", ProblemTypes.RateExceeded));
    }

    private static string Guess(Guid id) => $$"""{"type":"SubmitAnswer","actionId":"{{id}}","treasure":"clock","guess":"town hall"}""";
}
