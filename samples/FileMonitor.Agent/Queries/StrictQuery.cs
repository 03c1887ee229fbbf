using System.Buffers;
using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;
using FileMonitor.Values;

namespace FileMonitor.Agent.Queries;

/// <summary>
/// The query of a request, taken exactly: a parameter or a value that is none is refused, because an answer to another question than the one that was meant looks like an answer. Keeps the
/// first mistake.
/// </summary>
internal sealed class StrictQuery
{
    private readonly IQueryCollection _query;

    /// <param name="query">The query.</param>
    /// <param name="names">The parameters that the address has, by their exact names.</param>
    public StrictQuery(IQueryCollection query, params string[] names)
    {
        _query = query;
        foreach (var (name, values) in query)
        {
            if (!names.Contains(name, StringComparer.Ordinal))
            {
                var parameters = names.Length == 0 ? "This address has no parameters." : $"There are {string.Join(", ", names)}.";
                Refuse(name, $"There is no such parameter.{NearestName.Question(name, names)} {parameters}", NearestName.Of(name, names));
            }
            else if (values.Count > 1)
            {
                Refuse(name, $"{name} is given {values.Count} times; give it once.");
            }
            else if (string.IsNullOrEmpty(values))
            {
                Refuse(name, $"{name} has no value; give one, or leave it out.");
            }
        }
    }

    /// <summary>What is wrong; null when nothing is.</summary>
    public QueryProblem? Problem { get; private set; }

    /// <summary>A handler for an address without parameters.</summary>
    public static RequestDelegate Without(RequestDelegate handle) => Only(handle);

    /// <summary>A handler for an address whose parameters somebody else reads: here only their names are checked.</summary>
    public static RequestDelegate Only(RequestDelegate handle, params string[] names) => context =>
        new StrictQuery(context.Request.Query, names).Problem is { } problem ? RefuseAsync(context, problem) : handle(context);

    /// <summary>Answers with 400 and the problem (RFC 9457).</summary>
    public static Task RefuseAsync(HttpContext context, QueryProblem problem)
    {
        context.Response.StatusCode = (int)HttpStatusCode.BadRequest;
        context.Response.ContentType = "application/problem+json; charset=utf-8";
        return JsonSerializer.SerializeAsync(context.Response.Body, problem, QueryJson.Default.QueryProblem, context.RequestAborted);
    }

    /// <summary>A text; null when it is not given.</summary>
    public string? Text(string name) => _query[name] is [{ Length: > 0 } text] ? text : null;

    /// <summary>One of some names, exactly.</summary>
    public string? OneOf(string name, IEnumerable<string> values, string what)
    {
        var text = Text(name);
        if (text is null || values.Contains(text, StringComparer.Ordinal))
        {
            return text;
        }

        Refuse(name, $"{name} is no {what}.{NearestName.Question(text, values)}", NearestName.Of(text, values));
        return null;
    }

    /// <summary>A whole number in its digits.</summary>
    public T Number<T>(string name, T least, T most, T otherwise)
        where T : struct, IBinaryInteger<T>
    {
        if (Text(name) is not { } text)
        {
            return otherwise;
        }

        if (T.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        Refuse(name, string.Create(CultureInfo.InvariantCulture, $"{name} is no whole number from {least} to {most}."));
        return otherwise;
    }

    /// <summary>A set of values of an enumeration: their names, in whatever case, with commas between. Numbers are no names.</summary>
    public IReadOnlySet<T>? Set<T>(string name)
        where T : struct, Enum
    {
        var names = Enum.GetNames<T>();
        var set = new HashSet<T>();
        foreach (var one in Text(name)?.Split(',') ?? [])
        {
            if (!names.Contains(one, StringComparer.OrdinalIgnoreCase))
            {
                Refuse(name, $"{name} has a value that is none of {string.Join(", ", names)}.{NearestName.Question(one, names)}", NearestName.Of(one, names));
                return null;
            }

            set.Add(Enum.Parse<T>(one, ignoreCase: true));
        }

        return set.Count == 0 ? null : set;
    }

    /// <summary>A moment, of UTC unless it says otherwise.</summary>
    public DateTimeOffset? Time(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        // The parser would take "10" for the tenth of this month.
        if (text.Length >= 10 && char.IsAsciiDigit(text[3]) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
        {
            return time;
        }

        Refuse(name, $"{name} is no time such as 2026-01-31T14:00:00Z.");
        return null;
    }

    /// <summary>The bytes of a SHA-256 in hexadecimal digits.</summary>
    public byte[]? Sha256(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        var bytes = new byte[32];
        if (text.Length == 64 && Convert.FromHexString(text, bytes, out _, out _) == OperationStatus.Done)
        {
            return bytes;
        }

        Refuse(name, $"{name} is no SHA-256: 64 hexadecimal digits.");
        return null;
    }

    /// <summary>Notes a mistake, unless there is one.</summary>
    public void Refuse(string parameter, string detail, string? didYouMean = null) =>
        Problem ??= new("about:blank", "The query is wrong", (int)HttpStatusCode.BadRequest, detail, parameter, didYouMean);
}

/// <summary>Why a query is refused, in the form of RFC 9457.</summary>
/// <param name="Type">Always <c>about:blank</c>.</param>
/// <param name="Title">What kind of problem it is.</param>
/// <param name="Status">The status of the answer.</param>
/// <param name="Detail">What is wrong, and what may be given instead.</param>
/// <param name="Parameter">The parameter that is wrong, as it was given.</param>
/// <param name="DidYouMean">The parameter or value that was probably meant; null when none is near.</param>
internal sealed record QueryProblem(string Type, string Title, int Status, string Detail, string Parameter, string? DidYouMean);

/// <summary>How a problem is written. Characters that browsers could take for markup, and all that are not ASCII, are escaped.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(QueryProblem))]
internal sealed partial class QueryJson : JsonSerializerContext;
