@group(0) @binding(0) var<storage, read> arg0: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = 8 * group + lane;
 let v_1 = arg0[i_0];
 var acc = -vec4f(exp(v_1.x), exp(v_1.y), exp(v_1.z), exp(v_1.w));
 for (var k0 = 0; k0 < 130; k0 += 1) {
  let v_11 = arg0[i_0 + 128 * k0];
  acc = max(acc, -vec4f(exp(v_11.x), exp(v_11.y), exp(v_11.z), exp(v_11.w)));
 }
 out[i_0] = acc;
}
