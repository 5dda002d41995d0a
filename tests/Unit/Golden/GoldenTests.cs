using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Tests.Unit.Golden;

/// <summary>
/// The files hold facts as they lie in stores in use. They are never changed; when a fact gains a member, a file is added
/// for it (name.2.json) and the old one must still be read.
/// </summary>
public class GoldenTests
{
    public static TheoryData<string> StoredNames => [.. Names.Values];

    private static readonly Dictionary<Type, string> Names = typeof(HuntFact)
        .GetCustomAttributes(typeof(JsonDerivedTypeAttribute), false).Cast<JsonDerivedTypeAttribute>()
        .ToDictionary(derived => derived.DerivedType, derived => (string)derived.TypeDiscriminator!);

    private static string Golden(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", $"{name}.json")).TrimEnd();

    private static HuntFact Example(string name) => StoredFacts.All.Single(fact => Names[fact.GetType()] == name);

    private static string Stored(HuntFact fact) => JsonSerializer.Serialize(fact, Wire.Default.GetTypeInfo(fact.GetType())!);

    [Theory]
    [MemberData(nameof(StoredNames))]
    public void A_stored_fact_is_read_as_it_was_meant(string name)
    {
        var read = FactReader.Fact(name, System.Text.Encoding.UTF8.GetBytes(Golden(name)));
        Assert.Equal(Stored(Example(name)), Stored(read));
        Assert.Equal(Example(name).Stamp, read.Stamp);
    }

    [Theory]
    [MemberData(nameof(StoredNames))]
    public void A_fact_is_written_today_as_it_always_was(string name) => Assert.Equal(Golden(name), Stored(Example(name)));

    /// <summary>The store keeps members in an order of its own.</summary>
    [Theory]
    [MemberData(nameof(StoredNames))]
    public void The_order_of_members_does_not_matter(string name)
    {
        var read = FactReader.Fact(name, JsonSerializer.SerializeToUtf8Bytes(Reversed(JsonNode.Parse(Golden(name)))));
        Assert.Equal(Stored(Example(name)), Stored(read));
    }

    [Theory]
    [MemberData(nameof(StoredNames))]
    public void On_the_wire_a_fact_says_its_stored_name(string name)
    {
        var wire = JsonSerializer.Serialize(Example(name), Wire.Default.HuntFact);
        Assert.Equal(name, (string?)JsonNode.Parse(wire)!["type"]);
        Assert.Equal(wire, JsonSerializer.Serialize(JsonSerializer.Deserialize(wire, Wire.Default.HuntFact), Wire.Default.HuntFact));
    }

    [Fact]
    public void Every_kind_of_fact_has_a_name_of_its_own_and_an_example()
    {
        var kinds = typeof(HuntFact).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(HuntFact))).ToHashSet();
        Assert.Equal(kinds, Names.Keys.ToHashSet());
        Assert.Equal(kinds, StoredFacts.All.Select(fact => fact.GetType()).ToHashSet());
        Assert.Equal(kinds.Count, Names.Values.Distinct().Count());
    }

    [Fact]
    public void An_unknown_fact_is_never_folded_past() =>
        Assert.Throws<UnknownFactException>(() => FactReader.Fact("treasure-melted", "{}"u8));

    private static JsonNode? Reversed(JsonNode? node) => node switch
    {
        JsonObject o => new JsonObject(o.Reverse().Select(member => KeyValuePair.Create(member.Key, Reversed(member.Value)))),
        JsonArray a => new JsonArray([.. a.Select(Reversed)]),
        _ => node?.DeepClone(),
    };
}
