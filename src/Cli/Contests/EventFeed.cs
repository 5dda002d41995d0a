using System.Buffers;
using System.IO.Pipelines;

namespace TreasureHunt.Cli.Contests;

/// <summary>
/// An event feed folded to its last state: for each type the objects by id, in the order they first appeared. Speaks
/// both dialects of the Contest API: with "op" (2020-03: the id of the event is its own, the object's is in the data,
/// "delete" removes), and without (2022-07 on: data null removes, no id with an array replaces the collection).
/// </summary>
internal sealed class EventFeed
{
    public const int MaxLineMiB = 16;

    private static readonly string[] Folded = ["contest", "state", "judgement-types", "problems", "groups", "teams", "submissions", "judgements", "awards"];

    private readonly Dictionary<string, Collection> _collections = Folded.ToDictionary(type => type, _ => new Collection());

    /// <summary>Objects of a type, in the order they first appeared.</summary>
    public IEnumerable<(string Id, JsonPlace Data)> All(string type) => _collections[type].InOrder();

    /// <summary>The object of a type that has only one.</summary>
    public JsonPlace? Single(string type) => _collections[type].InOrder().Select(o => (JsonPlace?)o.Data).LastOrDefault();

    public static async Task<EventFeed> ReadAsync(string path, CancellationToken cancel)
    {
        var feed = new EventFeed();
        var file = Path.GetFileName(path);
        await using var stream = File.OpenRead(path);
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 256 * 1024));
        for (var line = 1; ;)
        {
            var read = await reader.ReadAsync(cancel);
            var buffer = read.Buffer;
            while (buffer.PositionOf((byte)'\n') is { } end)
            {
                feed.Fold(buffer.Slice(0, end), file, line++);
                buffer = buffer.Slice(buffer.GetPosition(1, end));
            }
            if (buffer.Length > MaxLineMiB * 1024L * 1024)
                throw new ContestFormatException($"{file} line {line}", $"longer than {MaxLineMiB} MiB; a feed has one object a line");
            if (read.IsCompleted)
            {
                feed.Fold(buffer, file, line);
                return feed;
            }
            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    private void Fold(ReadOnlySequence<byte> text, string file, int line)
    {
        var bytes = text.ToArray();
        if (bytes.AsSpan().Trim(" \t\r"u8).IsEmpty) return; // keep-alive
        var notice = JsonPlace.Parse(bytes, file, line);
        if (!notice.IsObject) throw notice.Wrong("must be an object with type, id and data");
        var type = notice.Required("type").Text();
        if (type == "contests") type = "contest";
        if (!_collections.TryGetValue(type, out var collection)) return;

        var data = notice.Member("data");
        var single = type is "contest" or "state";
        var id = single ? "" : notice.MemberText("id");
        if (notice.MemberText("op") is { } op)
        {
            var own = single ? "" : data?.MemberText("id") ?? id ?? throw notice.Wrong("data.id is missing");
            if (op == "delete") collection.Remove(own);
            else collection.Put(own, data ?? throw notice.Wrong($"\"{op}\" needs data"));
        }
        else if (data is not { } value)
        {
            if (id is null) collection.Clear(); else collection.Remove(id);
        }
        else if (value.IsArray && !single)
        {
            collection.Clear();
            foreach (var item in value.Items()) collection.Put(item.Required("id").Text(), item);
        }
        else
        {
            collection.Put(id ?? value.Required("id").Text(), value);
        }
    }

    private sealed class Collection
    {
        private readonly Dictionary<string, (int Order, JsonPlace Data)> _objects = new(StringComparer.Ordinal);
        private int _next;

        public void Put(string id, JsonPlace data) =>
            _objects[id] = (_objects.TryGetValue(id, out var old) ? old.Order : _next++, data);

        public void Remove(string id) => _objects.Remove(id);

        public void Clear() => _objects.Clear();

        public IEnumerable<(string Id, JsonPlace Data)> InOrder() =>
            _objects.OrderBy(o => o.Value.Order).Select(o => (o.Key, o.Value.Data));
    }
}
