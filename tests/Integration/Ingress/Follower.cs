using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;

namespace TreasureHunt.Tests.Integration.Ingress;

/// <summary>A client of a hunt's feed. Disposing it cuts its connection.</summary>
internal sealed class Follower : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly HttpResponseMessage _answer;
    private readonly IAsyncEnumerator<SseItem<string>> _events;

    private Follower(HttpResponseMessage answer, Stream stream)
    {
        _answer = answer;
        _events = SseParser.Create(stream).EnumerateAsync().GetAsyncEnumerator();
    }

    /// <summary>What a browser would send as Last-Event-ID. The parser's own may be of an event that was cut off.</summary>
    public string Place { get; private set; } = "";

    /// <summary>The connection did not end, it broke.</summary>
    public bool WasCut { get; private set; }

    /// <param name="query">with its question mark</param>
    /// <param name="http">null: the ingress's usual client</param>
    public static async Task<Follower> OpenAsync(IngressApp ingress, string hunt, string token, string? lastEventId = null, string query = "", HttpClient? http = null)
    {
        (string, string)[] headers = lastEventId is null ? [] : [("Last-Event-ID", lastEventId)];
        var request = IngressApp.Request(HttpMethod.Get, $"/hunts/{hunt}/feed{query}", null, token, headers);
        var answer = await (http ?? ingress.Http).SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{(int)answer.StatusCode}");
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        var follower = new Follower(answer, await answer.Content.ReadAsStreamAsync());
        Assert.Equal("ready", (await follower.NextAsync()).EventType);
        return follower;
    }

    public async Task<SseItem<string>> NextAsync()
    {
        Assert.True(await MovesOnAsync(), "The feed has ended.");
        return _events.Current;
    }

    /// <summary>All that is told up to the event with the id, as "id type team treasure".</summary>
    public async Task<List<string>> UntilAsync(string id)
    {
        var told = new List<string>();
        while (true)
        {
            var next = await NextAsync();
            told.Add(Short(next));
            if (next.EventId == id) return told;
            Assert.True(told.Count < 100_000, $"Event {id} does not come.");
        }
    }

    /// <summary>All that is told until the server ends the connection.</summary>
    public async Task<List<string>> UntilItEndsAsync()
    {
        var told = new List<string>();
        try
        {
            while (await MovesOnAsync()) told.Add(Short(_events.Current));
        }
        catch (IOException)
        {
            WasCut = true;
        }
        return told;
    }

    private async Task<bool> MovesOnAsync()
    {
        if (!await _events.MoveNextAsync().AsTask().WaitAsync(Patience)) return false;
        Place = _events.Current.EventId!;
        return true;
    }

    private static string Short(SseItem<string> item)
    {
        var data = JsonNode.Parse(item.Data)!;
        Assert.Equal(item.EventType, (string?)data["fact"]);
        Assert.EndsWith((string)data["version"]!.ToString(), item.EventId);
        return string.Join(' ', new[] { item.EventId, item.EventType, (string?)data["team"], (string?)data["treasure"] }.Where(word => word is not null));
    }

    public ValueTask DisposeAsync()
    {
        _answer.Dispose();
        return default;
    }
}
