using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace PublicDocs;

/// <summary>What of an assembly others can use, by the ids that documentation has for it.</summary>
internal sealed class PublicApi
{
    private readonly HashSet<string> _types = [];
    private readonly HashSet<(string Member, int Parameters)> _members = [];

    private PublicApi()
    {
    }

    public static PublicApi Read(string assembly)
    {
        using var stream = File.OpenRead(assembly);
        using var file = new PEReader(stream);
        var metadata = file.GetMetadataReader();
        var api = new PublicApi();
        foreach (var type in metadata.TypeDefinitions.Select(metadata.GetTypeDefinition).Where(type => IsVisible(metadata, type)))
        {
            api.Add(metadata, type);
        }

        return api;
    }

    /// <param name="id">For example <c>M:Space.Type.Name(System.String,System.Int32)</c>.</param>
    public bool Has(string id)
    {
        var name = id[2..].Split('~')[0];
        if (id[0] == 'T')
        {
            return _types.Contains(name);
        }

        var bracket = name.IndexOf('(', StringComparison.Ordinal);
        var parameters = bracket < 0 ? "" : name[(bracket + 1)..^1];
        var member = bracket < 0 ? name : name[..bracket];
        if (member.IndexOf("``", StringComparison.Ordinal) is >= 0 and var arity)
        {
            member = member[..arity];
        }

        return _members.Contains((member, Count(parameters)));
    }

    private static int Count(string parameters)
    {
        var (count, depth) = (parameters.Length == 0 ? 0 : 1, 0);
        foreach (var one in parameters)
        {
            depth += one is '{' or '[' or '(' ? 1 : one is '}' or ']' or ')' ? -1 : 0;
            count += one == ',' && depth == 0 ? 1 : 0;
        }

        return count;
    }

    private static bool IsVisible(MetadataReader metadata, TypeDefinition type) => (type.Attributes & TypeAttributes.VisibilityMask) switch
    {
        TypeAttributes.Public => true,
        TypeAttributes.NestedPublic or TypeAttributes.NestedFamily or TypeAttributes.NestedFamORAssem => IsVisible(metadata, metadata.GetTypeDefinition(type.GetDeclaringType())),
        _ => false,
    };

    private static bool IsVisible(MetadataReader metadata, MethodDefinitionHandle method) =>
        !method.IsNil && (metadata.GetMethodDefinition(method).Attributes & MethodAttributes.MemberAccessMask) is MethodAttributes.Public or MethodAttributes.Family or MethodAttributes.FamORAssem;

    private static string NameOf(MetadataReader metadata, TypeDefinition type) =>
        type.GetDeclaringType() is { IsNil: false } outer
            ? $"{NameOf(metadata, metadata.GetTypeDefinition(outer))}.{metadata.GetString(type.Name)}"
            : $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}";

    private static int Parameters(MetadataReader metadata, BlobHandle signature)
    {
        var blob = metadata.GetBlobReader(signature);
        if (blob.ReadSignatureHeader().IsGeneric)
        {
            blob.ReadCompressedInteger();
        }

        return blob.ReadCompressedInteger();
    }

    private void Add(MetadataReader metadata, TypeDefinition type)
    {
        var name = NameOf(metadata, type);
        _types.Add(name);
        foreach (var handle in type.GetMethods().Where(method => IsVisible(metadata, method)))
        {
            var method = metadata.GetMethodDefinition(handle);
            _members.Add(($"{name}.{metadata.GetString(method.Name).Replace('.', '#')}", Parameters(metadata, method.Signature)));
        }

        foreach (var property in type.GetProperties().Select(metadata.GetPropertyDefinition))
        {
            if (property.GetAccessors() is var accessors && (IsVisible(metadata, accessors.Getter) || IsVisible(metadata, accessors.Setter)))
            {
                _members.Add(($"{name}.{metadata.GetString(property.Name)}", Parameters(metadata, property.Signature)));
            }
        }

        foreach (var one in type.GetEvents().Select(metadata.GetEventDefinition).Where(one => IsVisible(metadata, one.GetAccessors().Adder)))
        {
            _members.Add(($"{name}.{metadata.GetString(one.Name)}", 0));
        }

        foreach (var field in type.GetFields().Select(metadata.GetFieldDefinition))
        {
            if ((field.Attributes & FieldAttributes.FieldAccessMask) is FieldAttributes.Public or FieldAttributes.Family or FieldAttributes.FamORAssem)
            {
                _members.Add(($"{name}.{metadata.GetString(field.Name)}", 0));
            }
        }
    }
}
