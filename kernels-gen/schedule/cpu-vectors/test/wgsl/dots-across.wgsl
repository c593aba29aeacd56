enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;
struct Params { tokens: u32 }
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= ((tokens + 15) / 16) * 33) { return; }
 let i_1 = i32(u32(group) / 33u);
 let col_tile = group - i_1 * 33;
 var held0: array<vec4f, 19>;
 let i_2 = lane + 8 * col_tile;
 let i_3 = min(i_2, 256);
 for (var k0_held = 0; k0_held < 19 + (group >> 31); k0_held += 1) {
  held0[k0_held] = arg1[i_3 + 257 * k0_held];
 }
 let i_6 = 16 * i_1;
 let i_7 = min(i_6 + 16, tokens);
 let i_11 = min(lane + 16, 18);
 for (var row = i_6; row < i_7 + (group >> 31); row += 1) {
  var acc = vec4f(0.0f);
  let i_8 = lane + 19 * row;
  let f_9 = arg0[i_8];
  let f_10 = arg0[i_8 + 8];
  let f_13 = arg0[i_11 + 19 * row];
  acc = fma(vec4f(subgroupShuffle(f_9, 0)), held0[0], acc);
  acc = fma(vec4f(subgroupShuffle(f_9, 1)), held0[1], acc);
  acc = fma(vec4f(subgroupShuffle(f_9, 2)), held0[2], acc);
  acc = fma(vec4f(subgroupShuffle(f_9, 3)), held0[3], acc);
  acc = fma(vec4f(subgroupShuffle(f_9, 4)), held0[4], acc);
  acc = fma(vec4f(subgroupShuffle(f_9, 5)), held0[5], acc);
  acc = fma(vec4f(subgroupShuffle(f_9, 6)), held0[6], acc);
  acc = fma(vec4f(subgroupShuffle(f_9, 7)), held0[7], acc);
  acc = fma(vec4f(subgroupShuffle(f_10, 0)), held0[8], acc);
  acc = fma(vec4f(subgroupShuffle(f_10, 1)), held0[9], acc);
  acc = fma(vec4f(subgroupShuffle(f_10, 2)), held0[10], acc);
  acc = fma(vec4f(subgroupShuffle(f_10, 3)), held0[11], acc);
  acc = fma(vec4f(subgroupShuffle(f_10, 4)), held0[12], acc);
  acc = fma(vec4f(subgroupShuffle(f_10, 5)), held0[13], acc);
  acc = fma(vec4f(subgroupShuffle(f_10, 6)), held0[14], acc);
  acc = fma(vec4f(subgroupShuffle(f_10, 7)), held0[15], acc);
  acc = fma(vec4f(subgroupShuffle(f_13, 0)), held0[16], acc);
  acc = fma(vec4f(subgroupShuffle(f_13, 1)), held0[17], acc);
  acc = fma(vec4f(subgroupShuffle(f_13, 2)), held0[18], acc);
  if (i_2 < 257) {
   out[i_3 + 257 * row] = acc;
  }
 }
}

enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;
struct Params { tokens: u32 }
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= ((tokens + 127) / 128) * 33) { return; }
 let i_1 = i32(u32(group) / 33u);
 let col_tile = group - i_1 * 33;
 var held0: array<vec4f, 19>;
 let i_2 = lane + 8 * col_tile;
 let i_3 = min(i_2, 256);
 for (var k0_held = 0; k0_held < 19 + (group >> 31); k0_held += 1) {
  held0[k0_held] = arg1[i_3 + 257 * k0_held];
 }
 let i_6 = 128 * i_1;
 let i_7 = min(i_6 + 128, tokens);
 let i_11 = min(lane + 16, 18);
 for (var row = i_6; row < i_7 + (group >> 31); row += 1) {
  var acc = vec4f(0.0f);
  let i_8 = lane + 19 * row;
  let f_9 = arg0[i_8];
  let f_10 = arg0[i_8 + 8];
  let f_13 = arg0[i_11 + 19 * row];
  acc = fma(vec4f(subgroupShuffle(f_9, 0)), held0[0], acc);
  acc = fma(vec4f(subgroupShuffle(f_9, 1)), held0[1], acc);
  acc = fma(vec4f(subgroupShuffle(f_9, 2)), held0[2], acc);
  acc = fma(vec4f(subgroupShuffle(f_9, 3)), held0[3], acc);
  acc = fma(vec4f(subgroupShuffle(f_9, 4)), held0[4], acc);
  acc = fma(vec4f(subgroupShuffle(f_9, 5)), held0[5], acc);
  acc = fma(vec4f(subgroupShuffle(f_9, 6)), held0[6], acc);
  acc = fma(vec4f(subgroupShuffle(f_9, 7)), held0[7], acc);
  acc = fma(vec4f(subgroupShuffle(f_10, 0)), held0[8], acc);
  acc = fma(vec4f(subgroupShuffle(f_10, 1)), held0[9], acc);
  acc = fma(vec4f(subgroupShuffle(f_10, 2)), held0[10], acc);
  acc = fma(vec4f(subgroupShuffle(f_10, 3)), held0[11], acc);
  acc = fma(vec4f(subgroupShuffle(f_10, 4)), held0[12], acc);
  acc = fma(vec4f(subgroupShuffle(f_10, 5)), held0[13], acc);
  acc = fma(vec4f(subgroupShuffle(f_10, 6)), held0[14], acc);
  acc = fma(vec4f(subgroupShuffle(f_10, 7)), held0[15], acc);
  acc = fma(vec4f(subgroupShuffle(f_13, 0)), held0[16], acc);
  acc = fma(vec4f(subgroupShuffle(f_13, 1)), held0[17], acc);
  acc = fma(vec4f(subgroupShuffle(f_13, 2)), held0[18], acc);
  if (i_2 < 257) {
   out[i_3 + 257 * row] = acc;
  }
 }
}
