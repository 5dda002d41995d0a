using System.Text.Json.Serialization.Metadata;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Lanes;
using YamlDotNet.RepresentationModel;

namespace TreasureHunt.Tests.Unit.Ingress;

/// <summary>docs/api/asyncapi.yaml is written by hand; its tables of fields are held to the records.</summary>
public class AsyncApiTests
{
    /// <summary>Members the reader takes beside the record's: they do not travel further.</summary>
    private static readonly string[] BesideAnAction = ["occurredAt"];

    private static readonly YamlMappingNode Schemas = Load();

    public static TheoryData<Type> Records
    {
        get
        {
            var types = new HashSet<Type>();
            Collect(typeof(CommittedFacts), types);
            foreach (var derived in Derived(typeof(HuntAction)).Where(type => type != typeof(PublishHunt))) types.Add(derived);
            return [.. types];
        }
    }

    [Theory]
    [MemberData(nameof(Records))]
    public void A_schema_names_exactly_the_fields_of_its_record(Type record)
    {
        Assert.True(Schemas.Children.TryGetValue(record.Name, out var found), $"asyncapi.yaml has no schema {record.Name}");
        var schema = (YamlMappingNode)found;
        var named = schema.Children.TryGetValue("properties", out var properties) ? Names(properties) : [];
        var expected = Members(record).Select(member => member.Name).ToList();
        if (typeof(HuntAction).IsAssignableFrom(record)) expected.AddRange(BesideAnAction);
        if (typeof(HuntAction).IsAssignableFrom(record) || typeof(HuntFact).IsAssignableFrom(record)) expected.Add("type");
        Assert.Equal(expected.Order(), named.Order());
    }

    [Fact]
    public void The_kinds_of_actions_and_of_announced_facts_are_all_there_under_their_names_on_the_wire()
    {
        var facts = Derived(typeof(HuntFact)).Where(Announced).ToList();
        Assert.Equal(facts.Select(type => type.Name).Order(), OneOf("HuntFact").Order());
        foreach (var fact in facts) Assert.Equal(NameOnWire(typeof(HuntFact), fact), Const(fact.Name));
        var actions = Derived(typeof(HuntAction)).Where(type => type != typeof(PublishHunt)).ToList();
        Assert.Equal(actions.Select(type => type.Name).Order(), OneOf("HuntAction").Order());
        foreach (var action in actions) Assert.Equal(NameOnWire(typeof(HuntAction), action), Const(action.Name));
    }

    private static void Collect(Type type, HashSet<Type> types)
    {
        if (type.IsGenericType) type = type.GenericTypeArguments[^1];
        if (type == typeof(AnnouncedFacts)) type = typeof(VersionedFact);
        if (type.Assembly != typeof(Wire).Assembly || type.IsEnum || type == typeof(Contracts.Definitions.ValueRule)) return;
        if (type == typeof(HuntFact))
        {
            foreach (var derived in Derived(type).Where(Announced)) Collect(derived, types);
            return;
        }
        if (!types.Add(type)) return;
        foreach (var member in Members(type)) Collect(member.PropertyType, types);
    }

    private static IEnumerable<JsonPropertyInfo> Members(Type type) =>
        Wire.Default.GetTypeInfo(type)!.Properties.Where(member => member.Get is not null && member.Name is not ("kind" or "changesViews" or "isLive"));

    private static IEnumerable<Type> Derived(Type type) => Wire.Default.GetTypeInfo(type)!.PolymorphismOptions!.DerivedTypes.Select(derived => derived.DerivedType);

    private static object? NameOnWire(Type type, Type derived) =>
        Wire.Default.GetTypeInfo(type)!.PolymorphismOptions!.DerivedTypes.Single(d => d.DerivedType == derived).TypeDiscriminator;

    private static bool Announced(Type fact) =>
        ((HuntFact)System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(fact)).ChangesViews;

    private static IEnumerable<string> OneOf(string schema) =>
        ((YamlSequenceNode)Schemas[schema]["oneOf"]).Select(reference => ((YamlScalarNode)reference["$ref"]).Value!.Split('/')[^1]);

    private static string? Const(string schema) => ((YamlScalarNode)Schemas[schema]["properties"]["type"]["const"]).Value;

    private static IEnumerable<string> Names(YamlNode mapping) => ((YamlMappingNode)mapping).Children.Keys.Select(key => ((YamlScalarNode)key).Value!);

    private static YamlMappingNode Load()
    {
        using var file = File.OpenText(Path.Combine(Box.RepositoryRoot(), "docs", "api", "asyncapi.yaml"));
        var yaml = new YamlStream();
        yaml.Load(file);
        return (YamlMappingNode)yaml.Documents[0].RootNode["components"]["schemas"];
    }
}
