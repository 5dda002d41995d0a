using System.Net.Http.Headers;
using System.Text.Json;
using TreasureHunt.Cli.Api;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Ingress.Actions;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Cli.Demo;

/// <summary>Publishes and steers a hunt over HTTP; every action of hers stands in the ledger too.</summary>
internal sealed class Organiser(EngineDoor door, string hunt, Ledger ledger)
{
    private const string Name = "olga";
    private readonly ApiClient _api = door.Api(Name, hunt, Role.Organiser);
    private readonly ActionSender _sender = door.Sender(hunt, Name, ledger, Role.Organiser);

    /// <exception cref="ApiRefused">the definition, or a hunt of this name was published before</exception>
    public async Task PublishAsync(HuntDefinition definition, CancellationToken cancel)
    {
        var publish = new PublishHunt(definition) { ActionId = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()) };
        ledger.Sending(Name, publish);
        var json = JsonSerializer.SerializeToUtf8Bytes(definition, Wire.Default.HuntDefinition);
        var reply = await _api.SendAsync<ActionReply>(HttpMethod.Put, $"/hunts/{hunt}",
            () => new ByteArrayContent(json) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
            headers => headers.Add("Idempotency-Key", publish.ActionId.ToString()), cancel);
        ledger.Learned(Name, reply);
        if (reply.Status == ReplyStatus.Pending) ledger.Learned(Name, await StatusAsync(publish.ActionId, cancel));
    }

    public Task<ActionReply> OpenAsync(CancellationToken cancel) => SendAsync(id => new OpenHunt { ActionId = id }, cancel);

    public Task<ActionReply> ThawAsync(CancellationToken cancel) => SendAsync(id => new ThawBoard { ActionId = id }, cancel);

    private async Task<ActionReply> SendAsync(Func<Guid, HuntAction> make, CancellationToken cancel) =>
        (await _sender.DecideAsync([new SentAction(make(Guid.CreateVersion7(TimeProvider.System.GetUtcNow())))], cancel))[0];

    private Task<ActionReply> StatusAsync(Guid id, CancellationToken cancel) =>
        new Polling(TimeSpan.FromMilliseconds(100)).UntilAsync(
            token => _api.GetAsync<ActionReply>($"/hunts/{hunt}/actions/{id}", token), reply => reply.Status != ReplyStatus.Pending, cancel);
}
